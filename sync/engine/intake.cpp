#include "sync/engine/intake.h"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>

#include "sync/engine/delivery_date.h"
#include "sync/engine/header_hash.h"
#include "sync/net/completion.h"

namespace postern::engine {

namespace {

/// A message may have some more than its announced size, a line end, say.
constexpr std::size_t buffer_octets = Intake::piece_octets + 64;
/// Of tiny messages these are enough work for one thread.
constexpr std::size_t parcel_messages = 64;
/// Enough that the threads of the store have work while the next parcels come.
constexpr std::uint64_t most_unprepared = 8 * Intake::piece_octets;
/// As many as may wait to be prepared.
constexpr std::size_t most_spare = most_unprepared / Intake::piece_octets;
/// Each commit writes most pages of the index of hashes, which are spread over all of it: a few
/// large commits write far less than many small ones.
constexpr std::size_t batch_messages = 400;
constexpr std::uint64_t batch_octets = 2ULL * 1024 * 1024;
/// One is written, one waits for it,
constexpr unsigned most_writes = 2;
/// and one is gathered meanwhile.
constexpr std::uint64_t most_held = (most_writes + 1) * batch_octets;
/// Messages that trickle in are not kept waiting for a full batch.
constexpr std::chrono::seconds longest_wait{1};

}  // namespace

struct Intake::Large {
  Large(std::size_t i, const std::filesystem::path& spool)
      : index(i), body(spool), slot(std::make_shared<Slot>()) {}
  std::size_t index;
  store::IncomingBody body;  ///< used by one piece of work at a time
  InternalDate date;
  store::HeaderHash header_hash{};
  SlotPtr slot;
  std::deque<std::string> pieces;
  bool first = true;
  bool complete = false;
  bool busy = false;
};

Intake::Intake(asio::any_io_executor executor, std::shared_ptr<store::Account> account,
               IntakeSettings settings, Items items)
    : executor_(std::move(executor)),
      account_(std::move(account)),
      settings_(std::move(settings)),
      items_(std::move(items)),
      progressed_([] {}),
      last_commit_(std::chrono::steady_clock::now()) {
  parcel_.octets = take_buffer();
}

void Intake::begin(std::size_t index) {
  drop_unended();
  current_ = index;
  const std::uint64_t expected = std::min<std::uint64_t>((*items_)[index].octets, piece_octets);
  // What is announced need not be true, and buffers can grow.
  const bool much = parcel_.octets.size() >= piece_octets / 2;
  if (much && parcel_.octets.size() + expected > piece_octets) dispatch_parcel();
}

/// It is filled here and emptied on a thread of the store: memory that one thread takes from the
/// heap and another one gives back has both wait for the heap.
std::string Intake::take_buffer() {
  std::string buffer;
  if (!spare_.empty()) {
    buffer = std::move(spare_.back());
    spare_.pop_back();
  }
  buffer.reserve(buffer_octets);
  return buffer;
}

void Intake::give_back(std::string buffer) {
  if (spare_.size() == most_spare || buffer.capacity() != buffer_octets) return;
  buffer.clear();
  spare_.push_back(std::move(buffer));
}

void Intake::octets(std::string_view piece) {
  received_ += piece.size();
  unprepared_ += piece.size();
  if (failure_) return;
  while (!piece.empty()) {
    const std::size_t room = piece_octets - (parcel_.octets.size() - parcel_.whole());
    const std::string_view taken = piece.substr(0, room);
    parcel_.octets.append(taken);
    piece.remove_prefix(taken.size());
    if (taken.size() < room) return;
    if (!large_) start_large();
    add_piece();
    dispatch_large(large_);
  }
}

void Intake::add_piece() {
  large_->slot->octets += parcel_.octets.size();
  large_->pieces.push_back(std::exchange(parcel_.octets, take_buffer()));
}

void Intake::end() {
  if (large_) {
    if (!parcel_.octets.empty()) add_piece();
    large_->complete = true;
    dispatch_large(std::exchange(large_, nullptr));
  } else {
    parcel_.messages.push_back({.index = *current_, .end = parcel_.octets.size()});
    const bool waited = std::chrono::steady_clock::now() - last_commit_ > longest_wait;
    const bool full =
        parcel_.octets.size() >= piece_octets || parcel_.messages.size() >= parcel_messages;
    if (full || (waited && computing_ == 0)) dispatch_parcel();
  }
  answered_ = *current_ + 1;
  current_.reset();
}

void Intake::refused(std::size_t index, const upstream::Refused& /*why*/) {
  refusals_.push_back(index);
  answered_ = index + 1;
}

std::optional<std::size_t> Intake::awaited() const {
  if (current_) return current_;
  return answered_ < items_->size() ? std::optional(answered_) : std::nullopt;
}

Intake::State Intake::state() const {
  if (failure_) return State::broken;
  return unprepared_ > most_unprepared || held_ > most_held ? State::full : State::ready;
}

asio::awaitable<void> Intake::drained() {
  dispatch_parcel();
  while (state() == State::full) {
    co_await net::completion<std::monostate>([this](auto done) { waiter_ = done; });
  }
}

void Intake::drop_unended() {
  if (!current_) return;
  unprepared_ -= parcel_.octets.size() - parcel_.whole();
  parcel_.octets.resize(parcel_.whole());
  if (large_) {
    // Nothing is behind it: it was the last one to begin.
    std::erase(slots_, large_->slot);
    unprepared_ -= large_->slot->octets;
    large_.reset();
  }
}

asio::awaitable<void> Intake::finish() {
  drop_unended();
  dispatch_parcel();
  flushing_ = true;
  commit_ready();
  while (!quiet()) {
    co_await net::completion<std::monostate>([this](auto done) { waiter_ = done; });
  }
}

bool Intake::quiet() const {
  if (computing_ != 0 || writing_ != 0) return false;
  return failure_ || (slots_.empty() && batch_.empty());
}

void Intake::dispatch_parcel() {
  if (parcel_.messages.empty() || failure_) return;
  const std::size_t whole = parcel_.whole();
  auto parcel = std::make_shared<Parcel>();
  parcel->messages = std::exchange(parcel_.messages, {});
  if (whole < piece_octets / 4) {
    // Many such may wait: each takes what it needs.
    parcel->octets.assign(parcel_.octets, 0, whole);
    parcel_.octets.erase(0, whole);
  } else {
    std::string rest = take_buffer();
    rest.append(parcel_.octets, whole);
    parcel_.octets.resize(whole);
    parcel->octets = std::exchange(parcel_.octets, std::move(rest));
  }
  auto slot = std::make_shared<Slot>();
  slot->octets = whole;
  slots_.push_back(slot);
  ++computing_;
  account_->compute([parcel, spool = account_->spool(),
                     now = wall_now()] { return prepare(*parcel, spool, now); },
                    [self = shared_from_this(), slot,
                     parcel](store::Outcome<std::vector<Ready>> outcome) mutable {
                      const auto executor = self->executor_;
                      asio::post(executor,
                                 [self = std::move(self), slot, parcel = std::move(parcel),
                                  result = std::move(outcome)]() mutable {
                                   --self->computing_;
                                   if (!result) return self->failed(result.error());
                                   slot->ready = std::move(*result);
                                   self->give_back(std::move(parcel->octets));
                                   self->prepared(slot);
                                 });
                    });
}

std::vector<Intake::Ready> Intake::prepare(const Parcel& parcel, const std::filesystem::path& spool,
                                           WallTime now) {
  std::vector<Ready> ready;
  ready.reserve(parcel.messages.size());
  std::string_view rest = parcel.octets;
  for (std::size_t begin = 0; const Parcel::Message& message : parcel.messages) {
    const std::string_view octets = rest.substr(begin, message.end - begin);
    begin = message.end;
    store::IncomingBody body(spool);
    ready.push_back(
        {message.index, body.finish(octets), delivery_date(octets, now), header_hash(octets)});
  }
  return ready;
}

void Intake::start_large() {
  dispatch_parcel();
  large_ = std::make_shared<Large>(*current_, account_->spool());
  slots_.push_back(large_->slot);
}

void Intake::dispatch_large(const std::shared_ptr<Large>& large) {
  if (large->busy || failure_) return;
  if (large->pieces.empty() && !large->complete) return;
  const bool last = large->pieces.empty();
  auto piece = std::make_shared<std::string>();
  if (!last) {
    *piece = std::move(large->pieces.front());
    large->pieces.pop_front();
  }
  large->busy = true;
  ++computing_;
  account_->compute(
      [large, last, piece, now = wall_now()] {
        if (std::exchange(large->first, false)) {
          large->date = delivery_date(*piece, now);
          large->header_hash = header_hash(*piece);
        }
        if (last) {
          large->slot->ready.push_back(
              {large->index, large->body.finish(), large->date, large->header_hash});
        } else {
          large->body.feed(*piece);
        }
      },
      [self = shared_from_this(), large, last, piece](store::Outcome<void> outcome) mutable {
        const auto executor = self->executor_;
        asio::post(
            executor, [self = std::move(self), large, last, piece, result = std::move(outcome)] {
              --self->computing_;
              large->busy = false;
              if (!result) return self->failed(result.error());
              if (last) return self->prepared(large->slot);
              // A message that was dropped has given back its octets already.
              const bool kept = std::ranges::find(self->slots_, large->slot) != self->slots_.end();
              if (kept) {
                large->slot->octets -= piece->size();
                self->unprepared_ -= piece->size();
                self->give_back(std::move(*piece));
                self->dispatch_large(large);
              }
              self->wake();
            });
      });
}

void Intake::failed(const store::StoreFailure& failure) {
  if (!failure_) failure_ = failure;
  wake();
}

void Intake::prepared(const SlotPtr& slot) {
  slot->prepared = true;
  unprepared_ -= std::exchange(slot->octets, 0);
  for (const Ready& ready : slot->ready) held_ += ready.body.memory();
  commit_ready();
  wake();
}

void Intake::commit_ready() {
  while (!slots_.empty() && slots_.front()->prepared) {
    for (Ready& ready : slots_.front()->ready) {
      batch_octets_ += ready.body.memory();
      batch_.push_back(std::move(ready));
    }
    slots_.pop_front();
  }
  if (batch_.empty() || failure_ || writing_ >= most_writes) return;
  const bool waited = std::chrono::steady_clock::now() - last_commit_ > longest_wait;
  if (batch_.size() >= batch_messages || batch_octets_ >= batch_octets || waited ||
      held_ > most_held || (flushing_ && slots_.empty()))
    commit(std::exchange(batch_, {}), std::exchange(batch_octets_, 0));
}

void Intake::commit(std::vector<Ready> batch, std::uint64_t held) {
  ++writing_;
  last_commit_ = std::chrono::steady_clock::now();
  const std::size_t count = batch.size();
  auto claims = claim(batch);
  account_->write(
      [bodies = std::move(batch), items = items_, claimed = std::move(claims), settings = settings_,
       now = wall_now()](store::Transaction& transaction) mutable -> store::Result<std::size_t> {
        const SourceId source = transaction.source(settings.source_key, settings.delete_expunged);
        std::size_t news = 0;
        for (std::size_t i = 0; i < bodies.size(); ++i) {
          const FetchItem& item = (*items)[bodies[i].index];
          if (claimed[i]) {
            transaction.rebind(source, {{*claimed[i], std::string(item.key), item.octets}});
            ++news;
            continue;
          }
          const auto delivered = transaction.deliver(source, settings.mailbox, bodies[i].body,
                                                     {.uidl = item.key,
                                                      .date = bodies[i].date,
                                                      .now = now,
                                                      .announced = item.octets,
                                                      .header_hash = bodies[i].header_hash});
          if (!delivered) return std::unexpected(delivered.error());
          if (*delivered) ++news;
        }
        return news;
      },
      [self = shared_from_this(), count,
       held](store::Outcome<store::Result<std::size_t>> outcome) mutable {
        const auto executor = self->executor_;
        asio::post(executor, [self = std::move(self), count, held, result = std::move(outcome)] {
          --self->writing_;
          self->held_ -= held;
          if (!result) return self->failed(result.error());
          if (!*result) {
            return self->failed(store::StoreFailure(
                store::FailureKind::bug, "the mailbox that mail is delivered to takes none"));
          }
          self->committed_ += count;
          self->news_ += **result;
          self->progressed_();
          self->commit_ready();
          self->wake();
        });
      });
}

std::vector<std::optional<OriginId>> Intake::claim(const std::vector<Ready>& batch) {
  std::vector<std::optional<OriginId>> claimed(batch.size());
  if (settings_.absent) {
    for (std::size_t i = 0; i < batch.size(); ++i)
      claimed[i] = settings_.absent->claim(batch[i].body.digest().hash);
  }
  return claimed;
}

void Intake::wake() {
  if (waiter_) std::exchange(waiter_, nullptr)({});
}

}  // namespace postern::engine
