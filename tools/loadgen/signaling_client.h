// The WebSocket of one participant (common/schema/signaling.md).
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/loadgen/url.h"

namespace sluice::loadgen {

class Connector;

class SignalingClient {
 public:
  struct Events {
    std::function<void()> on_open;
    std::function<void(const std::string& text)> on_message;
    // Once, unless close() was called; says why.
    std::function<void(const std::string& reason)> on_closed;
  };

  static std::shared_ptr<SignalingClient> open(Connector& connector, const Url& url,
                                               const std::string& token, Events events);
  virtual ~SignalingClient() = default;

  virtual void send(const nlohmann::json& message) = 0;
  // Says `leave` and goes; no event comes after it.
  virtual void close() = 0;
};

}  // namespace sluice::loadgen
