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

/// Whether the operator wants the upstream copy of a stored message to be deleted.
bool wanted_gone(const Origin& origin, const PlanInput& input) {
  switch (input.keep.rule) {
    case config::KeepOnServer::Rule::forever: return false;
    case config::KeepOnServer::Rule::until_deleted: return origin.expunged;
    case config::KeepOnServer::Rule::days:
      return input.clock_trusted && input.now - origin.first_seen >= input.keep.days;
    case config::KeepOnServer::Rule::never: return true;
  }
  return false;
}

class Planner {
 public:
  explicit Planner(const PlanInput& input)
      : input_(input), messages_(input.listing.messages), listed_(input.known.size(), false) {}

  Plan make() {
    index_known();
    index_listing();
    for (std::size_t i = 0; i < messages_.size(); ++i)
      if (!ambiguous_[i]) place(messages_[i]);
    for (const auto& [uidl, group] : groups_) place_group(uidl, group);
    judge_losses();
    plan_deletes();
    plan_gone();
    order_fetches();
    return std::move(plan_);
  }

 private:
  using Index = std::size_t;

  void index_known() {
    live_.reserve(input_.known.size());
    for (Index i = 0; i < input_.known.size(); ++i) {
      const std::string_view uidl = input_.known[i].uidl;
      if (input_.known[i].state != OriginState::gone) live_.emplace(uidl, i);
      if (const std::size_t end = uidl.find('\0'); end != std::string_view::npos)
        once_ambiguous_.insert(uidl.substr(0, end));
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

  /// A message whose id stands once in the listing.
  void place(const ListedMessage& message) {
    const bool was_ambiguous = once_ambiguous_.contains(message.uidl);
    const auto index = live(message.uidl);
    if (index && id_reused(message, input_.known[*index])) {
      reused_.push_back(*index);
      listed_[*index] = true;
      plan_.fetch.push_back({message.number, message.octets, message.uidl});
    } else if (index) {
      listed_[*index] = true;
      if (!was_ambiguous) deletable_.emplace_back(message.number, *index);
    } else if (!was_ambiguous || !place_by_size(message, 1)) {
      plan_.fetch.push_back({message.number, message.octets, message.uidl});
    }
  }

  /// The server gave the id of a message to another one (RFC 1939 section 7 forbids it; with
  /// message numbers as ids it happens). Then the old one is gone. If the server only changed its
  /// mind about the size, the store knows the message by its content and brings it back.
  static bool id_reused(const ListedMessage& message, const Origin& origin) {
    return message.octets != 0 && origin.announced != 0 && message.octets != origin.announced;
  }

  void place_group(std::string_view uidl, std::vector<Index> group) {
    if (const auto index = uidl.empty() ? std::nullopt : live(uidl)) {
      const std::uint64_t octets = input_.known[*index].octets;
      auto same = std::ranges::find(group, octets, [this](Index i) { return messages_[i].octets; });
      if (same == group.end()) same = group.begin();
      listed_[*index] = true;
      group.erase(same);
    }
    std::unordered_map<std::uint64_t, std::size_t> places;
    for (const Index i : group) {
      const ListedMessage& message = messages_[i];
      const std::size_t place = ++places[message.octets];
      if (!place_by_size(message, place)) {
        plan_.fetch.push_back(
            {message.number, message.octets, ambiguous_key(message.uidl, message.octets, place)});
      }
    }
  }

  bool place_by_size(const ListedMessage& message, std::size_t place) {
    const auto index = live(ambiguous_key(message.uidl, message.octets, place));
    if (index) listed_[*index] = true;
    return index.has_value();
  }

  /// Messages that nobody here asked to delete should still be there. When all of them vanish at
  /// once, or more than half of several, the server is more likely to be wrong than right.
  void judge_losses() {
    std::size_t kept = 0;
    std::size_t lost = 0;
    for (Index i = 0; i < input_.known.size(); ++i) {
      const Origin& origin = input_.known[i];
      if (origin.state != OriginState::stored || origin.expunged) continue;
      ++kept;
      if (!listed_[i]) ++lost;
    }
    plan_.suspicious = lost != 0 && (lost == kept || (lost >= 3 && lost > kept / 2));
  }

  void plan_deletes() {
    const bool full_sync = input_.full_sync_before || plan_.fetch.empty();
    const bool allowed =
        full_sync && !plan_.suspicious && input_.listing.reliability != Reliability::broken;
    for (const auto& [number, index] : deletable_) {
      const Origin& origin = input_.known[index];
      if (!wanted_gone(origin, input_)) continue;
      if (!allowed) {
        ++plan_.postponed_deletes;
        continue;
      }
      if (origin.state != OriginState::delete_due) plan_.mark_due.push_back(origin.id);
      plan_.remove.push_back({number, origin.id});
    }
  }

  void plan_gone() {
    for (const Index i : reused_) plan_.mark_gone.push_back(input_.known[i].id);
    const bool believed = input_.listing.reliability == Reliability::complete &&
                          (!plan_.suspicious || input_.loss_confirmed);
    for (Index i = 0; i < input_.known.size(); ++i) {
      const Origin& origin = input_.known[i];
      if (origin.state == OriginState::gone) {
        if (origin.gone_since < input_.now - forget_after) plan_.forget = true;
      } else if (believed && !listed_[i]) {
        plan_.mark_gone.push_back(origin.id);
        if (origin.state == OriginState::delete_due) ++plan_.removals_confirmed;
      }
    }
  }

  void order_fetches() {
    std::ranges::sort(plan_.fetch, {}, [this](const FetchItem& item) {
      return std::pair(input_.troublesome.contains(item.key), item.number);
    });
  }

  const PlanInput& input_;
  const std::vector<ListedMessage>& messages_;
  Plan plan_;
  std::unordered_map<std::string_view, Index> live_;
  std::unordered_set<std::string_view> once_ambiguous_;
  std::unordered_map<std::string_view, std::vector<Index>> groups_;
  std::vector<bool> ambiguous_;                             ///< by place in the listing
  std::vector<Index> reused_;                               ///< places in `known`
  std::vector<bool> listed_;                                ///< by place in `known`
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

Plan make_plan(const PlanInput& input) {
  return Planner(input).make();
}

}  // namespace postern::engine
