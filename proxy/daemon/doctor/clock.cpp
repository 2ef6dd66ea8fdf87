#include "proxy/daemon/doctor/clock.h"

#include <charconv>

#include <fmt/core.h>

namespace postern::daemon::doctor {
namespace {

constexpr std::chrono::minutes tolerance{5};
/// What is not within some years of now is a number that means something else.
constexpr std::chrono::days plausible{3650};

Step wrong_clock(std::string text) {
  return {"clock", Outcome::bad, std::move(text),
          "set the clock of this machine: timedatectl set-ntp true"};
}

std::string distance(std::chrono::seconds seconds) {
  const auto minutes = std::chrono::abs(seconds).count() / 60;
  return minutes < 120 ? fmt::format("{} minutes", minutes) : fmt::format("{} hours", minutes / 60);
}

}  // namespace

std::optional<WallTime> greeting_time(std::string_view greeting) {
  const std::size_t at = greeting.find('@', greeting.find('<'));
  if (at == std::string_view::npos || greeting.find('<') > at) return std::nullopt;
  const std::string_view stamp = greeting.substr(0, at);
  const std::size_t dot = stamp.rfind('.');
  if (dot == std::string_view::npos || dot < greeting.find('<')) return std::nullopt;
  std::int64_t seconds = 0;
  const std::string_view digits = stamp.substr(dot + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  // Ten digits: seconds since 1970, from 2001 to 2286.
  if (error != std::errc() || end != digits.data() + digits.size() || digits.size() != 10)
    return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

Step judge_clock(const ClockFacts& facts) {
  if (facts.newest_file && *facts.newest_file - facts.now > tolerance) {
    return wrong_clock(fmt::format("a file here was written {} after the present time",
                                   distance(*facts.newest_file - facts.now)));
  }
  if (facts.certificate_begin && *facts.certificate_begin > facts.now)
    return wrong_clock("the server's certificate will only be valid later, says this clock");
  if (facts.certificate_end && *facts.certificate_end < facts.now)
    return wrong_clock("the server's certificate is past its end, says this clock");
  if (facts.greeting) {
    const auto ahead = facts.now - *facts.greeting;
    if (std::chrono::abs(ahead) < plausible && std::chrono::abs(ahead) > tolerance) {
      return {"clock", Outcome::odd,
              fmt::format("this machine is {} {} the server", distance(ahead),
                          ahead.count() > 0 ? "ahead of" : "behind"),
              "one of both is wrong; here: timedatectl"};
    }
    if (std::chrono::abs(ahead) <= tolerance)
      return {"clock", Outcome::good, "agrees with the server's", ""};
  }
  return {"clock", Outcome::good, "nothing speaks against it", ""};
}

}  // namespace postern::daemon::doctor
