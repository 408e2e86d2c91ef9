// Connections: who may have a TCP connection of a listener, and who must make room. One that became
// a WebSocket has shown a token; the others, guests, have shown nothing and cost nothing to make.
// So guests are few, in all and by address, and whoever keeps us waiting longest, with its request
// or by not reading the answer, goes first: who means it gets in however many dawdle.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>

#include "common/base/ip.h"

namespace sluice::signaling {

// What counts as one address: an IPv6 host has a /64.
IpAddress host_of(IpAddress ip);

struct ConnectionLimits {
  uint32_t all = 8'192;
  uint32_t per_address = 4'096;
  uint32_t guests = 2'048;
  uint32_t guests_per_address = 512;
};

// Both add up over the listeners of a server.
struct ConnectionCounts {
  uint64_t refused = 0;  // closed at once, nobody made room
  uint64_t dropped = 0;  // closed for a newer one, having kept us waiting
};

class Connections : public std::enable_shared_from_this<Connections> {
 public:
  // One connection's place, for as long as it lives.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // How to end it from outside; without one it never makes room.
    void on_drop(std::function<void()> drop) { drop_ = std::move(drop); }
    // It is the client's turn: from now on it may have to make room.
    void waits();
    // It has its last answer and has not closed: it is the first to make room.
    void lingers();
    // It is ours.
    void is_served();
    // It is a WebSocket now.
    void opens();

   private:
    friend class Connections;
    Place(std::shared_ptr<Connections> owner, const IpAddress& from)
        : owner_(std::move(owner)), from_(from) {}
    void leave();

    std::shared_ptr<Connections> owner_;  // null: it was dropped
    IpAddress from_;
    std::function<void()> drop_;
    std::list<Place*>::iterator at_{};  // while it waits
    bool waiting_ = false;
    bool guest_ = true;
  };

  explicit Connections(const ConnectionLimits& limits) : limits_(limits) {}

  // Null: there is no room, and nobody who could make it.
  std::unique_ptr<Place> admit(const IpAddress& from);
  uint32_t open() const { return open_; }
  const ConnectionCounts& counts() const { return counts_; }

 private:
  struct Share {
    uint32_t all = 0;
    uint32_t guests = 0;
  };
  // Whether somebody could be dropped; of any address when `of` is null.
  bool drop_longest_waiting(const IpAddress* of);

  ConnectionLimits limits_;
  ConnectionCounts counts_;
  uint32_t open_ = 0;
  uint32_t guests_ = 0;
  std::map<IpAddress, Share> shares_;
  std::list<Place*> waiting_;  // the first has waited longest
};

}  // namespace sluice::signaling
