#include "sync/engine/plan.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace postern::engine {

namespace {

using store::Origin;
using store::OriginState;
using wire::pop3::ListedMessage;
using wire::pop3::Reliability;

bool is_due(const Origin& origin) {
  return origin.state == OriginState::delete_due || origin.state == OriginState::delete_sent;
}

constexpr std::chrono::hours longest_pause{24};

/// A server that accepts each DELE and carries none out costs so many messages in each session.
constexpr std::size_t most_proofs = 20;

/// Whether the operator wants the upstream copy of a stored message to be deleted.
bool wanted_gone(const Origin& origin, const PlanInput& input) {
  if (origin.state == OriginState::skipped) return false;
  switch (input.keep.rule) {
    case config::KeepOnServer::Rule::forever: return false;
    case config::KeepOnServer::Rule::until_deleted: return origin.expunged;
    case config::KeepOnServer::Rule::days:
      return input.now - origin.first_seen >= input.keep.days &&
             input.watched - origin.watched_from >= input.keep.days;
    case config::KeepOnServer::Rule::never: return true;
  }
  return false;
}

class Planner {
 public:
  explicit Planner(const PlanInput& input)
      : input_(input),
        messages_(input.listing.messages),
        texts_(std::make_shared<Texts>(input.listing.texts)),
        listed_(input.known.size(), false) {}

  Plan make() {
    index_known();
    index_listing();
    if (input_.known.empty()) plan_.fetch.reserve(messages_.size());
    for (std::size_t i = 0; i < messages_.size(); ++i)
      if (!ambiguous_[i]) place(messages_[i]);
    for (const auto& [uidl, group] : groups_) place_group(uidl, group);
    judge_losses();
    sort_fetches();
    plan_deletes();
    plan_gone();
    plan_.texts = std::move(texts_);
    return std::move(plan_);
  }

 private:
  using Index = std::size_t;

  void index_known() {
    live_.reserve(input_.known.size());
    for (Index i = 0; i < input_.known.size(); ++i) {
      const std::string_view uidl = input_.known[i].uidl;
      if (input_.known[i].state != OriginState::gone) live_.emplace(uidl, i);
      // What begins with a NUL never was an id.
      if (const std::size_t end = uidl.find('\0'); end != std::string_view::npos && end != 0)
        once_ambiguous_.insert(uidl.substr(0, end));
    }
    if (input_.evidence.named.empty()) return;
    std::unordered_map<OriginId, Index> by_id;
    for (Index i = 0; i < input_.known.size(); ++i) by_id.emplace(input_.known[i].id, i);
    for (const auto& [number, origin] : input_.evidence.named)
      if (origin && by_id.contains(*origin)) {
        named_.emplace(number, by_id.at(*origin));
        recognised_.insert(by_id.at(*origin));
      }
  }

  /// Finds the messages that share an id or have none.
  void index_listing() {
    ambiguous_.assign(messages_.size(), false);
    if (input_.listing.reliability == Reliability::complete) return;  // then there are none
    std::unordered_map<std::string_view, Index> first;
    first.reserve(messages_.size());
    for (Index i = 0; i < messages_.size(); ++i) {
      const auto [entry, fresh] = first.try_emplace(messages_[i].uidl, i);
      if (fresh && !messages_[i].uidl.empty()) continue;
      std::vector<Index>& group = groups_[entry->first];
      if (group.empty() && entry->second != i) group.push_back(entry->second);
      group.push_back(i);
    }
    for (const auto& [uidl, group] : groups_)
      for (const Index i : group) ambiguous_[i] = true;
  }

  /// A recorded message that is not gone.
  [[nodiscard]] std::optional<Index> live(std::string_view key) const {
    const auto found = live_.find(key);
    return found == live_.end() ? std::nullopt : std::optional(found->second);
  }

  [[nodiscard]] bool has_evidence(const ListedMessage& message) const {
    return input_.evidence.named.contains(message.number);
  }
  [[nodiscard]] std::optional<Index> named(const ListedMessage& message) const {
    const auto found = named_.find(message.number);
    return found == named_.end() ? std::nullopt : std::optional(found->second);
  }

  /// A message that was recognised, or was seen to be none of the known ones.
  void place_by_evidence(const ListedMessage& message) {
    const auto index = named(message);
    const auto holder = live(message.uidl);
    if (holder && holder != index) {
      const Origin& other = input_.known[*holder];
      // It gets a new id itself if it is in the listing.
      if (!recognised_.contains(*holder))
        plan_.rebind.push_back({other.id, parked_key(other.id), other.announced});
    }
    if (!index) {
      want(message, message.uidl);
      return;
    }
    const Origin& origin = input_.known[*index];
    if (origin.uidl != message.uidl || origin.state == OriginState::gone)
      plan_.rebind.push_back({origin.id, std::string(message.uidl), message.octets});
    else if (is_resized(message, origin))
      plan_.sizes.emplace_back(origin.id, message.octets);
    found(message, *index);
    if (!once_ambiguous_.contains(message.uidl)) deletable_.emplace_back(message.number, *index);
  }

  /// A message that is known.
  void found(const ListedMessage& message, Index index) {
    listed_[index] = true;
    const Origin& origin = input_.known[index];
    if (origin.state != OriginState::skipped || origin.expunged) return;
    // The limit was raised.
    const bool fits_now = message.octets <= input_.message_limit || message.octets <= origin.octets;
    if (fits_now && origin.octets < input_.message_limit) want(message, texts_->keep(origin.uidl));
  }

  /// The message's own id lives as long as the plan; other keys are to be kept.
  void want(const ListedMessage& message, std::string_view key) {
    plan_.fetch.push_back({.number = message.number, .octets = message.octets, .key = key});
  }

  /// A message whose id stands once in the listing.
  void place(const ListedMessage& message) {
    if (has_evidence(message)) return place_by_evidence(message);
    const bool was_ambiguous = once_ambiguous_.contains(message.uidl);
    const auto index = live(message.uidl);
    if (index && is_resized(message, input_.known[*index])) {
      // Another message (RFC 1939 section 7 forbids it; with message numbers as ids it happens), or
      // the same: the store tells by what is fetched.
      ++resized_;
      listed_[*index] = true;
      if (input_.listing.reliability != Reliability::broken) want(message, message.uidl);
    } else if (index && needs_proof(message, input_.known[*index])) {
      listed_[*index] = true;
      const bool may = input_.listing.reliability != Reliability::broken;
      if (may && proofs_++ < most_proofs) {
        want(message, message.uidl);
      } else {
        ++plan_.postponed_deletes;
      }
    } else if (index) {
      found(message, *index);
      if (!was_ambiguous) deletable_.emplace_back(message.number, *index);
    } else if (!was_ambiguous || !place_by_size(message, 1)) {
      want(message, message.uidl);
    }
  }

  void place_group(std::string_view uidl, std::vector<Index> group) {
    std::erase_if(group, [this](Index i) {
      const auto index = named(messages_[i]);
      if (index) found(messages_[i], *index);
      return index.has_value();
    });
    // Those that are none of the known ones get places that are free.
    std::unordered_map<std::uint64_t, std::size_t> places;
    std::erase_if(group, [&](Index i) {
      const ListedMessage& message = messages_[i];
      if (!has_evidence(message)) return false;
      std::string key;
      do key = ambiguous_key(uidl, message.octets, ++places[message.octets]);
      while (live(key));
      want(message, texts_->keep(key));
      return true;
    });
    if (group.empty()) return;
    if (const auto index = uidl.empty() ? std::nullopt : live(uidl)) {
      const std::uint64_t octets = input_.known[*index].octets;
      auto same = std::ranges::find(group, octets, [this](Index i) { return messages_[i].octets; });
      if (same == group.end()) same = group.begin();
      listed_[*index] = true;
      group.erase(same);
    }
    for (const Index i : group) {
      const ListedMessage& message = messages_[i];
      const std::size_t place = ++places[message.octets];
      if (!place_by_size(message, place))
        want(message, texts_->keep(ambiguous_key(message.uidl, message.octets, place)));
    }
  }

  bool place_by_size(const ListedMessage& message, std::size_t place) {
    const auto index = live(ambiguous_key(message.uidl, message.octets, place));
    if (index) found(message, *index);
    return index.has_value();
  }

  /// Messages that nobody here asked to delete should still be there.
  void judge_losses() {
    std::size_t kept = 0;
    std::size_t lost = 0;
    for (Index i = 0; i < input_.known.size(); ++i) {
      const Origin& origin = input_.known[i];
      if (origin.state != OriginState::stored || origin.expunged) continue;
      ++kept;
      if (!listed_[i]) ++lost;
    }
    plan_.suspicious = lost_too_much(lost, kept);
    plan_.resized = lost_too_much(resized_, live_.size());
  }

  void plan_deletes() {
    const bool full_sync = input_.full_sync_before || plan_.fetch.empty();
    const bool allowed = full_sync && !plan_.suspicious && !plan_.resized &&
                         !input_.evidence.relinking && plan_.rebind.empty() &&
                         input_.listing.reliability != Reliability::broken;
    for (const auto& [number, index] : deletable_) {
      const Origin& origin = input_.known[index];
      if (!wanted_gone(origin, input_)) continue;
      if (!allowed) {
        ++plan_.postponed_deletes;
        continue;
      }
      if (!is_due(origin)) plan_.mark_due.push_back(origin.id);
      plan_.remove.push_back({number, origin.id});
    }
    std::unordered_set<OriginId> removed;
    for (const DeleteItem& item : plan_.remove) removed.insert(item.origin);
    for (const Origin& origin : input_.known)
      if (origin.expunged && origin.state != OriginState::gone && !removed.contains(origin.id))
        plan_.left.push_back(origin.id);
  }

  void plan_gone() {
    const bool believed = input_.listing.reliability == Reliability::complete &&
                          !input_.evidence.relinking &&
                          (!plan_.suspicious || input_.loss_confirmed);
    // One that should be there is likelier to be met than one that went.
    std::vector<OriginId> gone;
    for (Index i = 0; i < input_.known.size(); ++i) {
      if (listed_[i]) continue;
      const Origin& origin = input_.known[i];
      if (origin.state == OriginState::skipped)
        plan_.placeholders.push_back({origin.id, origin.announced, origin.header_hash});
      if (origin.state == OriginState::gone) {
        if (origin.gone_since < input_.now - forget_after &&
            input_.watched - origin.watched_from >= forget_after)
          plan_.forget = true;
      } else if (believed) {
        plan_.mark_gone.push_back(origin.id);
        if (is_due(origin)) ++plan_.removals_confirmed;
      }
      if (!may_be_claimed(origin)) continue;
      (origin.state == OriginState::gone ? gone : plan_.absent).push_back(origin.id);
    }
    plan_.absent.insert(plan_.absent.end(), gone.begin(), gone.end());
  }

  /// By an equal body, see Absent.
  [[nodiscard]] bool may_be_claimed(const Origin& origin) const {
    if (input_.evidence.relinking || store::is_known(origin.header_hash)) return true;
    if (origin.state == OriginState::gone) return origin.lacking != store::not_counted;
    return origin.state != OriginState::delete_sent;
  }

  /// Tells apart what is fetched, what is tried again later, and what is not fetched at all.
  void sort_fetches() {
    std::ranges::sort(plan_.fetch, {}, &FetchItem::number);
    std::unordered_map<std::string_view, const store::FetchFailure*> failures;
    for (const store::FetchFailure& failure : input_.failures) failures[failure.uidl] = &failure;
    const SizeTrust trust = size_trust();
    bool testing = false;
    auto kept = plan_.fetch.begin();
    for (FetchItem& item : plan_.fetch) {
      const auto failed = failures.find(item.key);
      const bool beyond = item.octets > input_.message_limit;
      if (failed != failures.end()) item.failures = failed->second->failures;
      if (beyond && trust == SizeTrust::proved) {
        plan_.oversize.push_back(item);
      } else if (failed != failures.end() && !is_time(*failed->second)) {
        ++plan_.failing;
      } else if (beyond && trust == SizeTrust::open && std::exchange(testing, true)) {
        ++plan_.failing;
      } else if (beyond || failed != failures.end()) {
        plan_.retry.push_back(item);
      } else {
        *kept++ = item;
      }
      if (failed != failures.end()) failures.erase(failed);
    }
    plan_.fetch.erase(kept, plan_.fetch.end());
    if (input_.listing.reliability != Reliability::complete) return;
    for (const auto& [key, failure] : failures) plan_.settled.emplace_back(key);
  }

  /// A clock that was set back does not postpone anything for ever.
  [[nodiscard]] bool is_time(const store::FetchFailure& failure) const {
    return failure.next_try <= input_.now || failure.next_try > input_.now + longest_pause;
  }

  enum class SizeTrust : std::uint8_t { open, proved, refuted };
  /// Whether sizes beyond the limit are to be believed, by those that were tried.
  [[nodiscard]] SizeTrust size_trust() const {
    SizeTrust trust = SizeTrust::open;
    for (const Origin& origin : input_.known) {
      if (origin.state == OriginState::skipped && origin.announced > origin.octets)
        trust = SizeTrust::proved;
      if (origin.state != OriginState::skipped && origin.announced > input_.message_limit &&
          origin.octets <= input_.message_limit)
        return SizeTrust::refuted;
    }
    return trust;
  }

  const PlanInput& input_;
  const std::vector<ListedMessage>& messages_;
  Plan plan_;
  std::shared_ptr<Texts> texts_;
  std::unordered_map<std::string_view, Index> live_;
  std::unordered_map<std::uint32_t, Index> named_;  ///< by message number
  std::unordered_set<Index> recognised_;            ///< the values of `named_`
  std::unordered_set<std::string_view> once_ambiguous_;
  std::unordered_map<std::string_view, std::vector<Index>> groups_;
  std::vector<bool> ambiguous_;  ///< by place in the listing
  std::size_t proofs_ = 0;       ///< messages that are fetched only to be compared
  std::size_t resized_ = 0;      ///< known messages of another size than before
  std::vector<bool> listed_;     ///< by place in `known`
  std::vector<std::pair<std::uint32_t, Index>> deletable_;  ///< message number, place in `known`
};

}  // namespace

std::string ambiguous_key(std::string_view uidl, std::uint64_t octets, std::size_t place) {
  std::string key(uidl);
  key.push_back('\0');
  key += std::to_string(octets);
  key.push_back('\0');
  key += std::to_string(place);
  return key;
}

std::string parked_key(OriginId origin) {
  std::string key(1, '\0');
  key.push_back('~');
  key += std::to_string(origin.value);
  return key;
}

bool calls_for_nothing(const Plan& plan) {
  const bool to_fetch =
      !plan.fetch.empty() || !plan.retry.empty() || !plan.oversize.empty() || plan.failing != 0;
  const bool to_remove = !plan.mark_due.empty() || !plan.remove.empty() || !plan.left.empty() ||
                         plan.postponed_deletes != 0;
  const bool to_record = !plan.rebind.empty() || !plan.mark_gone.empty() || !plan.settled.empty() ||
                         !plan.sizes.empty() || plan.removals_confirmed != 0 || plan.forget;
  return !to_fetch && !to_remove && !to_record && !plan.suspicious && !plan.resized;
}

WallTime next_try(std::uint32_t failures, WallTime now) {
  constexpr std::chrono::seconds first_pause = std::chrono::minutes(15);
  // A lost connection is nothing that a message did: a few times are no pattern.
  constexpr std::uint32_t at_once = 4;
  if (failures <= at_once) return now;
  const unsigned doublings = std::min(failures - at_once - 1, 10U);
  return now + std::min<std::chrono::seconds>(first_pause * (1U << doublings), longest_pause);
}

Plan make_plan(const PlanInput& input) {
  return Planner(input).make();
}

}  // namespace postern::engine
