#include "sync/store/salvage_messages.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sync/store/expunged_table.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

using Row = SalvageRows::Row;
using Spot = SalvageRows::Spot;
using Named = SalvageRows::Named;

constexpr std::size_t body_column = 2;
constexpr std::size_t octets_column = 3;
constexpr std::size_t origin_column = 9;

class Deciding {
 public:
  explicit Deciding(const SalvageRows& rows)
      : rows_(rows),
        gone_(rows),
        named_(rows.named.begin(), rows.named.end()),
        trees_whole_(rows.whole("message") && rows.whole("message_by_body")) {}

  SalvagedMessages run() {
    take_agreed();
    match_by_spot();
    match_by_body();
    take_rest_of_table();
    take_rest_of_index();
    return std::move(out_);
  }

 private:
  struct Said {
    Spot spot;
    std::int64_t body = 0;
    const Row* row = nullptr;
    bool stray = false;
  };
  enum class Doubt : std::uint8_t { none, some };

  void add(Spot spot, std::int64_t body, const Row* row, Doubt doubt);
  void take_agreed();
  void match_by_spot();
  void match_by_body();
  void take_rest_of_table();
  void take_rest_of_index();
  [[nodiscard]] int worth_of_body(std::int64_t body, const Row& row) const;
  [[nodiscard]] int worth_of_spot(const Spot& spot, std::int64_t origin) const;
  [[nodiscard]] std::int64_t likely_body(const Said& said) const;
  [[nodiscard]] std::string hash_by_origin(const Row& row) const;
  [[nodiscard]] bool anything_of(std::int64_t body) const {
    const auto chunk = rows_.chunks.lower_bound(body << chunk_bits);
    return rows_.bodies.contains(body) ||
           (chunk != rows_.chunks.end() && chunk->first >> chunk_bits == body);
  }

  const SalvageRows& rows_;
  const ExpungedRuns gone_;
  std::set<Named> named_;         ///< what the index says and nothing agrees with so far
  std::vector<Said> said_;        ///< the same of the table
  std::set<std::int64_t> shown_;  ///< bodies of messages that were decided
  const bool trees_whole_;
  SalvagedMessages out_;
};

void Deciding::add(Spot spot, std::int64_t body, const Row* row, Doubt doubt) {
  // Another message has this UID for better reasons: no message goes for that.
  if (out_.all.contains(spot) || spot.second < 1) {
    const auto box = rows_.mailboxes.find(spot.first);
    std::int64_t free = box == rows_.mailboxes.end() ? 1 : number_in(box->second, 4);
    const auto last = out_.all.upper_bound({spot.first, 0xffffffffLL});
    if (last != out_.all.begin() && std::prev(last)->first.first == spot.first)
      free = std::max(free, std::prev(last)->first.second + 1);
    spot.second = std::max<std::int64_t>(free, 1);
    doubt = Doubt::some;
  }
  SalvagedMessages::Message message{
      .body = body, .row = std::nullopt, .doubtful = doubt == Doubt::some};
  if (row != nullptr) {
    message.row = *row;
    (*message.row)[0] = spot.first;
    (*message.row)[1] = spot.second;
    (*message.row)[body_column] = body;
  }
  out_.all.emplace(spot, std::move(message));
  shown_.insert(body);
  if (doubt == Doubt::some) ++out_.doubtful;
}

void Deciding::take_agreed() {
  std::set<Named> agreed;
  for (const SalvageRows::Message& message : rows_.messages) {
    const Said said{.spot = {number_in(message.row, 0), number_in(message.row, 1)},
                    .body = number_in(message.row, body_column),
                    .row = &message.row,
                    .stray = message.stray};
    const Named both{said.spot, said.body};
    if (possible_spot(rows_, said.spot) && named_.erase(both) != 0) {
      add(said.spot, said.body, said.row, Doubt::none);
      agreed.insert(both);
    } else if (!agreed.contains(both)) {
      said_.push_back(said);
    }
  }
  // An old row says nothing against the index, and is nothing where that is whole.
  std::erase_if(said_, [this](const Said& said) {
    const bool homeless = rows_.whole("mailbox") && !rows_.mailboxes.contains(said.spot.first);
    return said.stray && (rows_.whole("message_by_body") || homeless || gone_.contains(said.spot) ||
                          out_.all.contains(said.spot));
  });
  std::ranges::stable_sort(said_, {}, &Said::stray);
}

/// The hash that a message came with, if what it came from is known.
std::string Deciding::hash_by_origin(const Row& row) const {
  const auto origin = rows_.origins.find(number_in(row, origin_column));
  return origin == rows_.origins.end() ? std::string() : octets_in(origin->second, 4);
}

int Deciding::worth_of_body(std::int64_t body, const Row& row) const {
  if (!anything_of(body)) return -8;
  int worth = shown_.contains(body) ? 0 : 1;
  const auto found = rows_.bodies.find(body);
  if (found == rows_.bodies.end()) return worth;
  if (found->second.octets == static_cast<std::uint64_t>(number_in(row, octets_column))) worth += 2;
  if (found->second.hash == hash_by_origin(row)) worth += 4;
  return worth;
}

/// All UIDs below UIDNEXT are there or were expunged: one that was hit is one of the others, and
/// where it was is a gap.
int Deciding::worth_of_spot(const Spot& spot, std::int64_t origin) const {
  int worth = 0;
  const auto box = rows_.mailboxes.find(spot.first);
  if (box == rows_.mailboxes.end() && rows_.whole("mailbox")) worth -= 8;
  if (box != rows_.mailboxes.end() && spot.second >= number_in(box->second, 4)) worth -= 8;
  if (!possible_spot(rows_, spot)) worth -= 8;
  if (gone_.contains(spot) || out_.all.contains(spot)) worth -= 4;
  const auto by_index = rows_.origin_of.find(spot);
  if (origin != 0 && by_index != rows_.origin_of.end() && by_index->second == origin) worth += 2;
  return worth;
}

/// The same UID, and another body.
void Deciding::match_by_spot() {
  std::map<Spot, std::vector<Named>> by_spot;
  for (const Named& named : named_) by_spot[named.spot].push_back(named);
  std::erase_if(said_, [&](const Said& said) {
    const auto found = by_spot.find(said.spot);
    if (found == by_spot.end() || found->second.empty() || !possible_spot(rows_, said.spot))
      return false;
    const Named other = found->second.back();
    found->second.pop_back();
    named_.erase(other);
    const bool table = worth_of_body(said.body, *said.row) >= worth_of_body(other.body, *said.row);
    add(said.spot, table ? said.body : other.body, said.row, Doubt::some);
    return true;
  });
}

/// The same body, and another UID or another mailbox.
void Deciding::match_by_body() {
  std::unordered_map<std::int64_t, std::vector<Named>> by_body;
  for (const Named& named : named_) by_body[named.body].push_back(named);
  std::erase_if(said_, [&](const Said& said) {
    const auto found = by_body.find(said.body);
    if (found == by_body.end()) return false;
    const std::int64_t origin = number_in(*said.row, origin_column);
    const int by_table = worth_of_spot(said.spot, origin);
    const auto other = std::ranges::find_if(found->second, [&](const Named& named) {
      const bool near =
          named.spot.first == said.spot.first || named.spot.second == said.spot.second;
      // Where rows are lost, both may have been there.
      return near && (trees_whole_ || by_table < 0 || worth_of_spot(named.spot, origin) < 0);
    });
    if (other == found->second.end()) return false;
    const bool table = by_table >= worth_of_spot(other->spot, origin);
    named_.erase(*other);
    add(table ? said.spot : other->spot, said.body, said.row, Doubt::some);
    found->second.erase(other);
    return true;
  });
}

/// The body of a message that no index names. 0: it names one that is another message's.
std::int64_t Deciding::likely_body(const Said& said) const {
  const std::string hash = hash_by_origin(*said.row);
  const auto octets = static_cast<std::uint64_t>(number_in(*said.row, octets_column));
  const auto own = rows_.bodies.find(said.body);
  const bool same_size = own != rows_.bodies.end() && own->second.octets == octets;
  const bool same_hash = own != rows_.bodies.end() && !hash.empty() && own->second.hash == hash;
  if (same_hash || (same_size && hash.empty())) return said.body;
  if (own == rows_.bodies.end() && anything_of(said.body)) return said.body;
  std::int64_t by_size = 0;
  std::size_t of_size = 0;
  for (const auto& [id, body] : rows_.bodies) {
    if (!hash.empty() && body.hash == hash) return id;
    if (body.octets != octets || shown_.contains(id) || rows_.reclaimed.contains(id)) continue;
    ++of_size;
    by_size = id;
  }
  if (same_size) return said.body;
  if (of_size == 1) return by_size;
  return shown_.contains(said.body) ? 0 : said.body;
}

void Deciding::take_rest_of_table() {
  for (const Said& said : said_) {
    const bool possible = possible_spot(rows_, said.spot);
    const auto box = rows_.mailboxes.find(said.spot.first);
    if (!possible && (box == rows_.mailboxes.end() || shown_.contains(said.body))) continue;
    if (said.stray && out_.all.contains(said.spot)) continue;
    const std::int64_t body = likely_body(said);
    const bool doubt = body != said.body || !possible || trees_whole_;
    add(possible ? said.spot : Spot{said.spot.first, 0}, body, said.row,
        doubt ? Doubt::some : Doubt::none);
  }
}

/// Of messages whose row is lost only this is left.
void Deciding::take_rest_of_index() {
  for (const Named& named : named_) {
    if (!possible_spot(rows_, named.spot) || gone_.contains(named.spot)) continue;
    if (out_.all.contains(named.spot)) continue;
    if (rows_.whole("message") && (shown_.contains(named.body) || !anything_of(named.body)))
      continue;
    if (!rows_.mailboxes.contains(named.spot.first) && rows_.whole("mailbox")) continue;
    add(named.spot, named.body, nullptr, Doubt::none);
  }
}

}  // namespace

bool possible_spot(const SalvageRows& rows, const Spot& spot) {
  constexpr std::int64_t far = 1'000'000;
  const auto row = rows.mailboxes.find(spot.first);
  const std::int64_t next = row != rows.mailboxes.end()
                                ? std::clamp<std::int64_t>(number_in(row->second, 4), 1, 0xffffffff)
                                : far;
  return spot.second >= 1 && spot.second < 0xffffffffLL && spot.second < next + far;
}

ExpungedRuns::ExpungedRuns(const SalvageRows& rows) {
  const auto runs = rows.others.find("expunged");
  if (runs == rows.others.end()) return;
  for (const Row& run : runs->second) {
    const std::int64_t first = number_in(run, 2);
    const std::int64_t last = number_in(run, 3);
    const auto box = rows.mailboxes.find(number_in(run, 0));
    const bool possible = first >= 1 && first <= last &&
                          (box == rows.mailboxes.end() || last < number_in(box->second, 4));
    if (!possible) continue;
    std::int64_t& known = runs_[number_in(run, 0)][first];
    known = std::max(known, last);
  }
}

bool ExpungedRuns::may_be_cut(std::int64_t mailbox) const {
  const auto runs = runs_.find(mailbox);
  return runs != runs_.end() && runs->second.size() >= ExpungedTable::kept;
}

bool ExpungedRuns::contains(const Spot& spot) const {
  const auto runs = runs_.find(spot.first);
  if (runs == runs_.end()) return false;
  const auto after = runs->second.upper_bound(spot.second);
  return after != runs->second.begin() && std::prev(after)->second >= spot.second;
}

SalvagedMessages SalvagedMessages::decide(const SalvageRows& rows) {
  return Deciding(rows).run();
}

}  // namespace postern::store
