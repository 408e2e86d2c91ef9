// Turns an HTTP connection into a WebSocket. Internal to the server.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "controlplane/signaling/server_core.h"
#include "controlplane/signaling/stream.h"

namespace sluice::signaling {

void start_websocket_session(ServerCore& core, Stream stream,
                             boost::beast::http::request<boost::beast::http::string_body> request,
                             ServerUser::Upgrade upgrade,
                             std::unique_ptr<Connections::Place> place);

}  // namespace sluice::signaling
