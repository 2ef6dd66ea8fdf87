#include "sync/engine/vanished.h"

#include <algorithm>
#include <utility>

namespace postern::engine {

namespace {

using store::Origin;
using store::OriginState;

constexpr std::size_t a_tenth = 10;

bool is_here(const Origin& origin) {
  return origin.state != OriginState::gone && !origin.expunged;
}

/// Gone upstream, here, and not settled yet.
bool is_pending(const Origin& origin) {
  return origin.state == OriginState::gone && !origin.expunged && origin.lacking >= 0;
}

bool long_enough(const Origin& origin, const VanishedInput& input) {
  if (input.now - origin.gone_since < input.wait) return false;
  constexpr std::chrono::days day{1};
  if (input.wait > day) return input.listed_before - origin.gone_since >= input.wait - day;
  return input.clock_trusted || input.said == VanishedInput::Operator::confirmed;
}

}  // namespace

bool Vanished::news() const {
  const auto filled = [](const auto& origins) { return !origins.empty(); };
  return filled(trash) || filled(settled) || std::ranges::any_of(missed, filled);
}

ListingWorth worth_of(const wire::pop3::Listing& listing, const Plan& plan) {
  const bool all_known =
      plan.fetch.empty() && plan.retry.empty() && plan.oversize.empty() && plan.failing == 0;
  const bool good = listing.reliability == wire::pop3::Reliability::complete &&
                    !listing.messages.empty() && !plan.suspicious && all_known;
  return good ? ListingWorth::good : ListingWorth::none;
}

Vanished judge_vanished(const VanishedInput& input) {
  Vanished vanished;
  std::size_t here = 0;
  std::size_t pending = 0;
  std::vector<OriginId> ripe;
  for (const Origin& origin : input.known) {
    if (is_here(origin)) ++here;
    if (!is_pending(origin)) continue;
    if (input.rule == config::GoneUpstream::keep) {
      if (input.listing != ListingWorth::unfinished) vanished.settled.push_back(origin.id);
      continue;
    }
    ++pending;
    std::int32_t lacking = origin.lacking;
    if (input.listing == ListingWorth::good && lacking < listings_needed) {
      vanished.missed.at(static_cast<std::size_t>(lacking)).push_back(origin.id);
      ++lacking;
    }
    if (lacking >= listings_needed && long_enough(origin, input)) ripe.push_back(origin.id);
  }
  const bool few = pending * a_tenth <= here + pending;
  if (!few && input.said == VanishedInput::Operator::silent) {
    vanished.unconfirmed = ripe.size();
  } else if (input.listing == ListingWorth::good) {
    vanished.trash = std::move(ripe);
  }
  vanished.waiting = pending - vanished.trash.size() - vanished.unconfirmed;
  return vanished;
}

}  // namespace postern::engine
