#include "proxy/daemon/doctor/telling.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "proxy/daemon/doctor/clock.h"

namespace postern::daemon::doctor {

void tell(const Encounter& encounter, const Seen& seen, const PublicText& text,
          SourceReport& report) {
  const auto add = [&](const char* name, std::string words) {
    report.steps.push_back({name, Outcome::good, std::move(words), ""});
  };
  for (const std::string& line : encounter.transcript) {
    const bool ours = line.starts_with("C: ");
    const std::string_view words = std::string_view(line).substr(3);
    report.transcript.push_back(ours ? "C: " + text.command(words) : "S: " + text.words(words));
  }
  if (!encounter.tls.version.empty())
    add("tls", encounter.tls.version + ", " + encounter.tls.cipher);
  if (!encounter.capabilities.empty()) {
    std::string list;
    for (const auto& [when, lines] : encounter.capabilities) {
      list += fmt::format("{}{}: ", list.empty() ? "" : "; ", when);
      for (const std::string& line : lines)
        list += (&line == &lines.front() ? "" : ", ") + text.words(line);
    }
    add("capabilities", list);
  }
  ClockFacts clock{wall_now(), greeting_time(encounter.greeting), {}, {}, seen.newest_file};
  if (!seen.chain.empty()) {
    clock.certificate_begin = seen.chain.front().life.begin;
    clock.certificate_end = seen.chain.front().life.end;
  }
  report.steps.push_back(judge_clock(clock));
  if (!encounter.methods.empty()) add("methods", encounter.methods);
}

}  // namespace postern::daemon::doctor
