#include "sync/store/salvage_mailboxes.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "sync/base/log.h"
#include "sync/store/mailbox_name.h"

namespace postern::store {

namespace {

constexpr std::size_t name_of = 1;
constexpr std::size_t validity_of = 2;
constexpr std::size_t special_use = 3;
constexpr std::size_t uid_next = 4;
constexpr std::size_t mod_seq_of = 5;
constexpr std::size_t first_recent = 6;

constexpr std::int64_t last_number = std::numeric_limits<std::uint32_t>::max();

bool is_validity(std::int64_t number) {
  return number >= 1 && number <= last_number;
}

/// The same without what no name may have in it.
std::string without_impossible(std::string name) {
  for (char& c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '_';
  return canonical_name(name);
}

}  // namespace

SalvagedMailboxes::SalvagedMailboxes(const SalvageRows& rows) : all(rows.mailboxes), rows_(rows) {
  if (const auto names = rows.others.find("subscription"); names != rows.others.end())
    for (const Row& row : names->second) subscribed_.insert(octets_in(row, 0));
  for (auto& [id, row] : all) put_right(id, row);
}

/// Numbers that cannot be: clients must not go on with what they remember by them.
void SalvagedMailboxes::put_right(std::int64_t id, Row& row) {
  const std::int64_t next = number_in(row, uid_next);
  const bool numbered = next >= 1 && next <= last_number;
  const bool ordered = number_in(row, mod_seq_of) >= 1;
  const bool valid = is_validity(number_in(row, validity_of));
  if (!numbered) row[uid_next] = std::int64_t{1};
  if (!ordered) row[mod_seq_of] = std::int64_t{1};
  const std::int64_t use = number_in(row, special_use);
  if (use < 0 || use > std::numeric_limits<std::uint8_t>::max()) row[special_use] = std::int64_t{0};
  if (numbered && ordered && valid) return;
  renewed_.insert(id);
  notes.push_back(fmt::format("the numbers of mailbox {} made no sense and are new",
                              log::quoted(octets_in(row, name_of))));
}

SalvagedMailboxes::Row& SalvagedMailboxes::at(std::int64_t id) {
  const auto found = all.find(id);
  if (found != all.end()) return found->second;
  const auto name = rows_.mailbox_names.find(id);
  renewed_.insert(id);
  const std::int64_t none = 0;
  const std::int64_t one = 1;
  return all[id] = {
             id,
             name != rows_.mailbox_names.end() ? name->second : fmt::format("Recovered-{}", id),
             none,
             none,
             one,
             one,
             one};
}

std::int64_t SalvagedMailboxes::add(const std::string& name) {
  std::int64_t id = all.empty() ? 1 : all.rbegin()->first + 1;
  for (const auto& [other, ignored] : rows_.mailbox_names) id = std::max(id, other + 1);
  at(id)[name_of] = name;
  return id;
}

void SalvagedMailboxes::seen(const Spot& spot, std::int64_t mod_seq) {
  Row& row = at(spot.first);
  row[uid_next] = std::max(number_in(row, uid_next), spot.second + 1);
  if (is_renewed(spot.first)) row[mod_seq_of] = std::max(number_in(row, mod_seq_of), mod_seq);
}

std::int64_t SalvagedMailboxes::next_mod_seq(std::int64_t id) {
  Row& row = at(id);
  if (number_in(row, mod_seq_of) == std::numeric_limits<std::int64_t>::max()) {
    row[mod_seq_of] = std::int64_t{1};
    renewed_.insert(id);
  }
  row[mod_seq_of] = number_in(row, mod_seq_of) + 1;
  return number_in(row, mod_seq_of);
}

void SalvagedMailboxes::finish(std::int64_t now) {
  give_names();
  const bool inbox = std::ranges::any_of(
      all, [](const auto& one) { return octets_in(one.second, name_of) == "INBOX"; });
  if (!inbox) add("INBOX");
  give_validities(now);
}

/// Where table and index disagree, the one that something else agrees with.
std::string SalvagedMailboxes::likely_name(std::int64_t id, const std::string& told) const {
  const auto by_index = rows_.mailbox_names.find(id);
  const auto worth = [this](const std::string& name) {
    if (name == "INBOX") return 3;
    if (!possible_name(canonical_name(name))) return 0;
    return subscribed_.contains(name) && canonical_name(name) == name ? 2 : 1;
  };
  std::string name = told;
  if (by_index != rows_.mailbox_names.end() && all.contains(id) && rows_.mailboxes.contains(id) &&
      worth(by_index->second) > worth(told))
    name = by_index->second;
  name = without_impossible(std::move(name));
  return possible_name(name) ? name : fmt::format("Recovered-{}", id);
}

void SalvagedMailboxes::give_names() {
  std::set<std::string> taken;
  const auto give = [&](std::int64_t id, Row& row, const std::string& likely) {
    const std::string told = octets_in(row, name_of);
    std::string name = likely;
    while (!taken.insert(name).second) name += "-" + std::to_string(id);
    if (name != told)
      notes.push_back(fmt::format("mailbox {} is {} now: its name was damaged", log::quoted(told),
                                  log::quoted(name)));
    row[name_of] = name;
  };
  // A name that was not hit keeps another one from it.
  std::map<std::int64_t, std::string> changed;
  for (auto& [id, row] : all) {
    const std::string likely = likely_name(id, octets_in(row, name_of));
    if (likely != octets_in(row, name_of)) {
      changed[id] = likely;
    } else {
      give(id, row, likely);
    }
  }
  for (const auto& [id, likely] : changed) give(id, all[id], likely);
}

void SalvagedMailboxes::give_validities(std::int64_t now) {
  const auto consider = [this](std::int64_t number) {
    if (is_validity(number)) validity_ = std::max(validity_, number);
  };
  consider(now);
  if (const auto accounts = rows_.others.find("account"); accounts != rows_.others.end())
    for (const Row& account : accounts->second) consider(number_in(account, 0));
  std::set<std::int64_t> used;
  for (const auto& [id, row] : all) {
    consider(number_in(row, validity_of));
    used.insert(number_in(row, validity_of));
  }
  for (auto& [id, row] : all) {
    row[first_recent] = std::clamp<std::int64_t>(
        number_in(row, first_recent), 1, std::max<std::int64_t>(number_in(row, uid_next), 1));
    if (!is_renewed(id)) continue;
    // Where a number that was hit has used up those above it, the clock tells one that is free.
    std::int64_t given = validity_ < last_number ? ++validity_ : std::max<std::int64_t>(now, 1);
    while (!used.insert(given).second) given = given % last_number + 1;
    row[validity_of] = given;
  }
}

}  // namespace postern::store
