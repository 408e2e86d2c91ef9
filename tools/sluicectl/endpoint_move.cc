// sluicectl endpoint move: another worker becomes an endpoint's home, by way of the running control
// plane.
#include <ostream>

#include "tools/sluicectl/admin_client.h"
#include "tools/sluicectl/json.h"
#include "tools/sluicectl/media_filter.h"
#include "tools/sluicectl/media_row.h"

namespace sluice::ctl {

ExitCode move_endpoint(const Options& options, const MediaChoice& choice, Output output) {
  const auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  const auto wanted = MediaFilter::parse(choice, view->region());
  if (!wanted) {
    output.err << wanted.error().message << '\n';
    return ExitCode::usage;
  }
  schema::AdminRequest request;
  schema::MoveEndpoint& move = *request.mutable_move_endpoint();
  move.set_slot(wanted->endpoint->slot);
  move.set_generation(wanted->endpoint->generation);
  move.set_worker(*wanted->worker);
  const auto response = ask(options.socket, request);
  if (!response.ok()) {
    output.err << response.error().message << '\n';
    return ExitCode::unreachable;
  }
  if (!response->error().empty()) {
    output.err << "the control plane refused: " << response->error() << '\n';
    return ExitCode::finding;
  }
  const std::string endpoint = ref_text(*wanted->endpoint);
  if (options.json) {
    print_json(output.out, {{"endpoint", endpoint}, {"home_worker", *wanted->worker}});
  } else {
    output.out << "endpoint " << endpoint << " is at home on worker " << *wanted->worker << '\n';
  }
  return ExitCode::ok;
}

}  // namespace sluice::ctl
