// A value or an error; what functions return when the environment, not our own code, may be at
// fault.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace sluice {

// One line for a person: what is wrong, where, and the remedy where there is one.
struct Error {
  std::string message;
};

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : v_(std::in_place_index<1>, std::move(error)) {}
  bool ok() const { return v_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<0>(v_); }
  const T& value() const { return std::get<0>(v_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const E& error() const { return std::get<1>(v_); }

 private:
  std::variant<T, E> v_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error) : e_(std::in_place_index<1>, std::move(error)) {}
  bool ok() const { return e_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const E& error() const { return std::get<1>(e_); }

 private:
  std::variant<std::monostate, E> e_;
};

using Status = Result<void>;

}  // namespace sluice
