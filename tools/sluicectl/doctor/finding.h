// What the doctor says of one thing it looked at.
#pragma once

#include <string>
#include <vector>

namespace sluice::ctl {

enum class Verdict {
  ok,
  advice,  // works, but slower, less safely or less surely than it could
  wrong,   // the instance does not start, carries no media, or lays secrets open
};

struct Finding {
  Verdict verdict = Verdict::ok;
  std::string subject;  // "hugepages", "port media0"
  std::string what;     // one line
  std::string remedy;   // what to do, a command where there is one; empty when ok
};

// Collects what the checks say of one subject.
class Findings {
 public:
  explicit Findings(std::vector<Finding>& all, std::string subject)
      : all_(all), subject_(std::move(subject)) {}
  void ok(std::string what) { all_.push_back({Verdict::ok, subject_, std::move(what), ""}); }
  void advice(std::string what, std::string remedy) {
    all_.push_back({Verdict::advice, subject_, std::move(what), std::move(remedy)});
  }
  void wrong(std::string what, std::string remedy) {
    all_.push_back({Verdict::wrong, subject_, std::move(what), std::move(remedy)});
  }

 private:
  std::vector<Finding>& all_;
  std::string subject_;
};

}  // namespace sluice::ctl
