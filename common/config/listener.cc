// control.listen: where the control plane takes HTTP and WebSocket connections.
#include <algorithm>

#include "common/config/network.h"
#include "common/config/sections.h"

namespace sluice::config {

void read_address(SectionReader& section, IpAddress& out) {
  const auto value = section.find("address");
  if (!value) {
    section.fault("address", "is missing; 127.0.0.1, 0.0.0.0 or :: for example");
    return;
  }
  const auto text = value->text();
  if (!text) return;
  const auto ip = parse_ip(*text);
  if (ip.ok()) {
    out = *ip;
  } else {
    value->fault(quote(*text) + " is no address; write it like 127.0.0.1 or \"::\"");
  }
}

namespace {

void read_tls(SectionReader& section, Listener& out) {
  const auto value = section.find("tls");
  if (!value) return;
  SectionReader tls(*value);
  tls.absolute_path("certificate_file", out.certificate_file);
  tls.absolute_path("private_key_file", out.private_key_file);
  tls.finish();
  if (out.certificate_file.empty())
    tls.fault("certificate_file", "is missing; a PEM file, own certificate first");
  if (out.private_key_file.empty()) tls.fault("private_key_file", "is missing; a PEM file");
}

Listener read_listener(const Value& item) {
  SectionReader section(item);
  Listener out;
  read_address(section, out.address);
  section.integer("port", out.port, {1, 65'535});
  if (!section.find("port")) section.fault("port", "is missing; 443 or 8080 for example");
  const bool has_tls = section.find("tls").has_value();
  read_tls(section, out);
  section.boolean("plain_http_anywhere", out.plain_http_anywhere);
  section.finish();
  if (out.address.family != 0 && !is_loopback(out.address) && !has_tls &&
      !out.plain_http_anywhere) {
    section.fault("address",
                  to_string(out.address) +
                      " without tls is not loopback: browsers refuse cameras there; add tls, or "
                      "plain_http_anywhere: true behind a proxy that ends TLS");
  }
  return out;
}

}  // namespace

void read_listeners(const Value& list, std::vector<Listener>& out) {
  const auto items = list.list();
  if (!items) return;
  out.clear();
  if (items->empty()) list.fault("names no listener; at least one with address and port");
  for (const Value& item : *items) {
    const Listener l = read_listener(item);
    if (std::any_of(out.begin(), out.end(), [&](const Listener& o) {
          return o.address == l.address && o.port == l.port && l.port != 0 && l.address.family != 0;
        })) {
      item.fault(to_string(SocketAddress{l.address, l.port}) + " stands twice");
    }
    out.push_back(l);
  }
}

}  // namespace sluice::config
