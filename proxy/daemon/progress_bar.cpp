#include "proxy/daemon/progress_bar.h"

#include <algorithm>
#include <cstdio>

#include <fmt/core.h>

namespace postern::daemon {
namespace {

bool well(const engine::SourceStatus& status) {
  return status.state == engine::SourceState::idle && !status.postponed_until;
}

}  // namespace

std::string progress_line(const engine::SourceStatus& status, std::chrono::duration<double> elapsed,
                          std::size_t width) {
  const engine::Progress& progress = status.progress;
  std::string line;
  if (progress.messages_total == 0) {
    const bool over = status.state != engine::SourceState::polling;
    line = fmt::format("{} {}", status.source, over ? "done" : "asking the server");
  } else {
    const bool by_octets = progress.octets_total != 0;
    const double done =
        static_cast<double>(by_octets ? progress.octets_done : progress.messages_done);
    const double total =
        static_cast<double>(by_octets ? progress.octets_total : progress.messages_total);
    // What the server announced need not be what comes.
    const double share = std::clamp(done / total, 0.0, 1.0);
    const double rate =
        static_cast<double>(progress.octets_done) / std::max(elapsed.count(), 0.001);
    line = fmt::format("{} {} {}/{} messages  {}/{}  {}/s  {}", status.account, bar(share, 20),
                       progress.messages_done, progress.messages_total,
                       octets_text(progress.octets_done), octets_text(progress.octets_total),
                       octets_text(static_cast<std::uint64_t>(rate)),
                       share > 0 ? left_text(elapsed.count() * (1 - share) / share) : "");
  }
  if (line.size() >= width) line.resize(width > 0 ? width - 1 : 0);
  return line;
}

std::string outcome_line(const engine::SourceStatus& before, const engine::SourceStatus& after) {
  const std::string who = fmt::format("{} {}", after.account, after.source);
  if (after.postponed_until) {
    return fmt::format("{}: not polled now: the provider wants {} between two logins; next at {}",
                       who, duration_text(after.least.gap),
                       time_text(iso8601(*after.postponed_until)));
  }
  if (!well(after)) return fmt::format("{}: failed: {}", who, after.detail);
  std::string line = fmt::format("{}: {} new, {} on the server", who,
                                 after.fetched - before.fetched, after.listed);
  if (after.deleted > before.deleted)
    line += fmt::format(", {} deleted there", after.deleted - before.deleted);
  if (after.trashed > before.trashed)
    line += fmt::format(", {} moved to Trash here", after.trashed - before.trashed);
  if (!after.detail.empty()) line += "; " + after.detail;
  return line;
}

SyncDisplay::SyncDisplay(Output output)
    : output_(output), begun_(std::chrono::steady_clock::now()) {}

void SyncDisplay::begin(const Sources& sources) {
  before_ = sources;
}

void SyncDisplay::show(const Sources& sources) {
  if (output_ == Output::terminal) return draw(sources);
  for (const auto& source : sources) {
    const bool begins = source.state == engine::SourceState::polling &&
                        polling_.insert(source.account + " " + source.source).second;
    if (begins) fmt::print("{} {}: polling\n", source.account, source.source);
  }
  std::fflush(stdout);
}

void SyncDisplay::draw(const Sources& sources) {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
  std::string out;
  if (drawn_ > 1) out += fmt::format("\x1b[{}A", drawn_ - 1);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (i != 0) out += "\n";
    out += "\r" + progress_line(sources[i], elapsed, terminal_width()) + "\x1b[K";
  }
  drawn_ = sources.size();
  fmt::print("{}", out);
  std::fflush(stdout);
}

bool SyncDisplay::finish(const Sources& sources) {
  if (output_ == Output::terminal && !sources.empty()) {
    draw(sources);
    fmt::print("\n");
  }
  bool all = true;
  for (const auto& source : sources) {
    const auto before = std::ranges::find_if(before_, [&](const auto& other) {
      return other.account == source.account && other.source == source.source;
    });
    const engine::SourceStatus none;
    const auto line = outcome_line(before == before_.end() ? none : *before, source);
    fmt::print("{}\n", well(source) ? line : styled(output_, Style::bad, line));
    all = all && well(source);
  }
  if (sources.empty()) fmt::print("there is nothing to poll: no sources are configured\n");
  return all;
}

}  // namespace postern::daemon
