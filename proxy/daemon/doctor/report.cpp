#include "proxy/daemon/doctor/report.h"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace postern::daemon::doctor {
namespace {

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::good: return "good";
    case Outcome::odd: return "odd";
    case Outcome::bad: return "bad";
  }
  return "";
}

Style style_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::good: return Style::good;
    case Outcome::odd: return Style::bold;
    case Outcome::bad: return Style::bad;
  }
  return Style::dim;
}

}  // namespace

Outcome SourceReport::outcome() const {
  Outcome worst = Outcome::good;
  for (const Step& step : steps) worst = std::max(worst, step.outcome);
  return worst;
}

std::string to_text(const SourceReport& report, Output output) {
  const std::string title =
      report.provider.empty() ? report.server : report.provider + ", " + report.server;
  std::string out = styled(output, Style::bold, title) + "\n";
  for (const Step& step : report.steps) {
    out += fmt::format(
        "  {} {:<12} {}\n",
        styled(output, style_of(step.outcome), fmt::format("{:<4}", name_of(step.outcome))),
        step.name, step.text);
    if (!step.advice.empty()) out += fmt::format("       {:<12} -> {}\n", "", step.advice);
  }
  if (!report.transcript.empty()) {
    out += "\n  What was said; user names, passwords and addresses are left out:\n";
    for (const std::string& line : report.transcript) out += "    " + line + "\n";
  }
  return out;
}

nlohmann::json to_json(const SourceReport& report) {
  nlohmann::json steps = nlohmann::json::array();
  for (const Step& step : report.steps) {
    steps.push_back({{"name", step.name},
                     {"outcome", name_of(step.outcome)},
                     {"text", step.text},
                     {"advice", step.advice}});
  }
  return {{"provider", report.provider},
          {"server", report.server},
          {"outcome", name_of(report.outcome())},
          {"steps", steps},
          {"transcript", report.transcript}};
}

}  // namespace postern::daemon::doctor
