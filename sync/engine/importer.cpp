#include "sync/engine/importer.h"

#include <algorithm>
#include <utility>

#include "sync/engine/store_work.h"

namespace postern::engine {

namespace {

using store::Imported;

constexpr std::uint64_t parcel_limit = Importer::small_octets;

/// The name with its first level replaced by the mailbox that is used for it.
std::string placed(const store::MailboxTree& tree, const std::string& name, store::SpecialUse use) {
  if (use == store::SpecialUse::none) return name;
  const auto found = std::ranges::find(tree.mailboxes, use, &store::MailboxInfo::special_use);
  if (found == tree.mailboxes.end()) return name;
  const std::size_t level = name.find('/');
  return found->name + (level == std::string::npos ? "" : name.substr(level));
}

}  // namespace

Importer::Importer(std::shared_ptr<store::Account> account, Mode mode)
    : account_(std::move(account)), mode_(mode) {}

MailboxId Importer::id_of(const std::string& name) const {
  const auto found = mailboxes_.find(name);
  return found == mailboxes_.end() ? MailboxId(0) : found->second;
}

asio::awaitable<bool> Importer::mailbox(std::string name, store::SpecialUse use) {
  if (mailboxes_.contains(name)) co_return true;
  const auto tree = account_->tree();
  const std::string place = placed(*tree, name, use);
  if (const auto* found = tree->find(place)) {
    mailboxes_.emplace(name, found->id);
    co_return true;
  }
  if (mode_ == Mode::look) {
    mailboxes_.emplace(name, MailboxId(0));
    co_return true;
  }
  auto work = [place](store::Transaction& transaction) {
    auto made = transaction.create_mailbox(place, store::SpecialUse::none);
    if (made) transaction.subscribe(place);
    return made;
  };
  const auto made = co_await write(*account_, std::move(work));
  if (made) {
    mailboxes_.emplace(name, made->id);
    co_return true;
  }
  // A mail program may have been faster.
  const auto now = account_->tree();
  const auto* found = now->find(place);
  if (found == nullptr) co_return false;
  mailboxes_.emplace(name, found->id);
  co_return true;
}

void Importer::count(Imported outcome) {
  switch (outcome) {
    case Imported::added: ++tally_.added; break;
    case Imported::known: ++tally_.known; break;
    case Imported::present: ++tally_.present; break;
  }
}

asio::awaitable<std::vector<Imported>> Importer::judge(std::vector<Place> places) {
  auto look = [places = std::move(places), mode = mode_](store::Reader& reader) {
    std::vector<Imported> outcomes;
    for (const Place& place : places) {
      Imported outcome = Imported::added;
      if (place.mailbox != MailboxId(0) && mode == Mode::look) {
        outcome = reader.import_of(place.mailbox, place.key, place.content);
      } else if (place.mailbox != MailboxId(0) && reader.knows_import(place.mailbox, place.key)) {
        outcome = Imported::known;
      }
      outcomes.push_back(outcome);
    }
    return outcomes;
  };
  co_return co_await read(*account_, std::move(look));
}

asio::awaitable<void> Importer::take(Item item, std::string octets) {
  parcel_octets_ += octets.size();
  const MailboxId mailbox = id_of(item.mailbox);
  parcel_.push_back({std::move(item), mailbox, std::move(octets)});
  if (parcel_octets_ >= parcel_limit) co_await prepare();
}

/// Scans and compresses what came, but for what is known.
asio::awaitable<void> Importer::prepare() {
  if (parcel_.empty()) co_return;
  parcel_octets_ = 0;
  const auto parcel = std::make_shared<std::vector<Raw>>(std::exchange(parcel_, {}));
  std::vector<Place> places;
  for (const Raw& raw : *parcel) places.push_back({raw.mailbox, raw.item.key, raw.item.content});
  const std::vector<Imported> outcomes = co_await judge(std::move(places));
  if (mode_ == Mode::look) {
    for (const Imported outcome : outcomes) count(outcome);
    co_return;
  }
  auto scan = [parcel, outcomes, spool = account_->spool()] {
    std::vector<Ready> ready;
    for (std::size_t i = 0; i < parcel->size(); ++i) {
      if (outcomes[i] == Imported::known) continue;
      Raw& raw = (*parcel)[i];
      store::IncomingBody body(spool);
      body.feed(raw.octets);
      ready.push_back({std::move(raw.item), raw.mailbox, body.finish()});
    }
    return ready;
  };
  std::vector<Ready> ready = co_await compute(*account_, std::move(scan));
  tally_.known += outcomes.size() - ready.size();
  std::ranges::move(ready, std::back_inserter(ready_));
}

asio::awaitable<bool> Importer::wants(Item item) {
  // Equal messages are counted in their order.
  co_await prepare();
  std::vector<Place> places = {{id_of(item.mailbox), item.key, item.content}};
  const Imported outcome = (co_await judge(std::move(places))).front();
  if (mode_ == Mode::look || outcome == Imported::known) {
    count(outcome);
    co_return false;
  }
  large_ = std::make_unique<store::IncomingBody>(account_->spool());
  co_return true;
}

asio::awaitable<void> Importer::feed(std::string octets) {
  auto work = [this, octets = std::move(octets)] { large_->feed(octets); };
  co_await compute(*account_, std::move(work));
}

asio::awaitable<void> Importer::end(Item item) {
  auto finish = [this] { return large_->finish(); };
  store::NewBody body = co_await compute(*account_, std::move(finish));
  const MailboxId mailbox = id_of(item.mailbox);
  ready_.push_back({std::move(item), mailbox, std::move(body)});
}

asio::awaitable<std::optional<Importer::Tally>> Importer::commit() {
  co_await prepare();
  if (!ready_.empty()) {
    const auto batch = std::make_shared<std::vector<Ready>>(std::exchange(ready_, {}));
    auto work =
        [batch](
            store::Transaction& transaction) -> store::Result<std::vector<store::ImportOutcome>> {
      std::vector<store::ImportOutcome> outcomes;
      for (Ready& one : *batch) {
        auto outcome =
            transaction.import(one.mailbox, one.body, one.item.flags, one.item.date, one.item.key);
        if (!outcome) return std::unexpected(outcome.error());
        outcomes.push_back(std::move(*outcome));
      }
      return outcomes;
    };
    const auto outcomes = co_await write(*account_, std::move(work));
    if (!outcomes) co_return std::nullopt;
    for (const store::ImportOutcome& outcome : *outcomes) {
      count(outcome.what);
      if (!outcome.left_out.empty()) ++tally_.curtailed;
      tally_.left_out.insert(outcome.left_out.begin(), outcome.left_out.end());
    }
  }
  co_return std::exchange(tally_, {});
}

}  // namespace postern::engine
