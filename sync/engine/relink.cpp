#include "sync/engine/relink.h"

#include <algorithm>
#include <utility>

#include <openssl/sha.h>

#include "sync/engine/header_hash.h"
#include "sync/engine/store_work.h"

namespace postern::engine {

namespace {

using store::Origin;
using upstream::Answer;
using wire::pop3::ListedMessage;
using wire::pop3::Listing;

/// Where TOP does not work, so many messages are fetched to find out whose maildrop it is.
constexpr std::size_t most_bodies = 3;

/// Keeps nothing of a message but its hash.
class HashSink final : public upstream::MessageSink {
 public:
  void begin(std::size_t /*index*/) override { SHA256_Init(&sha_); }
  void octets(std::string_view piece) override { SHA256_Update(&sha_, piece.data(), piece.size()); }
  void end() override {
    hash.emplace();
    SHA256_Final(hash->data(), &sha_);
  }
  void refused(std::size_t /*index*/, const upstream::Refused& /*why*/) override {}
  [[nodiscard]] State state() const override { return State::ready; }
  asio::awaitable<void> drained() override { co_return; }

  std::optional<store::BodyHash> hash;

 private:
  SHA256_CTX sha_{};
};

}  // namespace

asio::awaitable<Answer<Evidence>> Relink::run(const Listing& listing,
                                              const std::vector<Origin>& known, Before before) {
  Evidence evidence;
  if (known.empty()) co_return evidence;
  if (ids_are_numbers(listing)) co_return co_await by_order(listing, known);
  if (before == Before::relinking || ids_changed(listing, known)) {
    auto unknown = unknown_messages(listing, known);
    if (!unknown.empty()) {
      const auto asked = co_await headers(std::move(unknown));
      if (!asked) co_return std::unexpected(asked.error());
      evidence = evidence_of_changed_ids(listing, known, *asked);
    }
  }
  auto shared = shared_ids(listing, known);
  if (!shared.empty()) {
    const auto asked = co_await headers(std::move(shared));
    if (!asked) co_return std::unexpected(asked.error());
    add_evidence_of_shared_ids(listing, known, *asked, evidence);
  }
  auto unproved = unproved_messages(listing, known, evidence);
  if (!unproved.empty()) {
    const auto asked = co_await headers(std::move(unproved));
    if (!asked) co_return std::unexpected(asked.error());
    add_evidence_of_unproved(listing, known, *asked, evidence);
  }
  co_return evidence;
}

asio::awaitable<Answer<Headers>> Relink::headers(std::vector<std::uint32_t> numbers) {
  Headers found;
  if (top_ == Top::is_broken) co_return found;
  asking_ = true;
  upstream::Pop3Session::OnHeader on_header = [&](std::size_t index, std::string_view octets) {
    const store::HeaderHash hash = header_hash(octets);
    if (store::is_known(hash)) found.emplace(numbers[index], hash);
  };
  const auto answered = co_await session_.headers(numbers, std::move(on_header));
  if (!answered) co_return std::unexpected(answered.error());
  asking_ = false;
  co_return found;
}

asio::awaitable<Answer<Evidence>> Relink::by_order(const Listing& listing,
                                                   const std::vector<Origin>& known) {
  for (const Continuity& continuity : continuities(listing, known)) {
    if (continuity.origins.empty()) co_return evidence_of_order(listing, continuity);
    const auto same = co_await verified(listing, continuity);
    if (!same) co_return std::unexpected(same.error());
    if (*same) co_return evidence_of_order(listing, continuity);
  }
  std::vector<std::uint32_t> all;
  all.reserve(listing.messages.size());
  for (const ListedMessage& message : listing.messages) all.push_back(message.number);
  const auto asked = co_await headers(std::move(all));
  if (!asked) co_return std::unexpected(asked.error());
  co_return evidence_of_headers(listing, known, *asked);
}

asio::awaitable<Answer<bool>> Relink::verified(const Listing& listing,
                                               const Continuity& continuity) {
  bool sizes_known = true;
  for (std::size_t i = continuity.origins.size(); i > 0; --i) {
    const Origin* origin = continuity.origins[i - 1];
    if (origin == nullptr) continue;
    const ListedMessage& message = listing.messages[i - 1];
    const auto same = co_await verified(message, *origin);
    if (!same) co_return std::unexpected(same.error());
    if (*same) co_return **same;
    sizes_known = sizes_known && message.octets != 0 && origin->announced != 0;
  }
  // There are only messages that are too large to look at; their sizes agree.
  co_return sizes_known;
}

asio::awaitable<Answer<std::optional<bool>>> Relink::verified(const ListedMessage& message,
                                                              const Origin& origin) {
  if (store::is_known(origin.header_hash)) {
    std::vector<std::uint32_t> number{message.number};
    const auto asked = co_await headers(std::move(number));
    if (!asked) co_return std::unexpected(asked.error());
    if (const auto header = asked->find(message.number); header != asked->end()) {
      if (header->second == origin.header_hash) co_return true;
      if (origin.state == store::OriginState::skipped) co_return false;
      // A server may show other headers than it sends: the body decides.
    }
  }
  if (origin.state == store::OriginState::skipped) co_return std::nullopt;
  auto work = [ids = std::vector{origin.id}](store::Reader& reader) {
    return reader.body_hashes(ids);
  };
  const std::vector<store::BodyHash> recorded = co_await read(account_, std::move(work));
  const auto hash = co_await body_hash(message);
  if (!hash) co_return std::unexpected(hash.error());
  co_return hash->has_value() && **hash == recorded.front();
}

asio::awaitable<Answer<std::optional<std::size_t>>> Relink::former(
    const Listing& listing, const std::vector<FormerSource>& formers) {
  const std::vector<std::uint32_t> samples = adoption_samples(listing, formers);
  if (samples.empty()) co_return std::nullopt;
  std::vector<std::uint32_t> numbers = samples;
  const auto asked = co_await headers(std::move(numbers));
  if (!asked) co_return std::unexpected(asked.error());
  if (!asked->empty()) co_return adopted(listing, formers, *asked);
  co_return co_await former_by_bodies(listing, formers, samples);
}

asio::awaitable<Answer<std::optional<std::size_t>>> Relink::former_by_bodies(
    const Listing& listing, const std::vector<FormerSource>& formers,
    const std::vector<std::uint32_t>& samples) {
  std::vector<const ListedMessage*> smallest;
  for (const ListedMessage& message : listing.messages)
    if (std::ranges::binary_search(samples, message.number)) smallest.push_back(&message);
  std::ranges::sort(smallest, {}, &ListedMessage::octets);
  if (smallest.size() > most_bodies) smallest.resize(most_bodies);
  Bodies bodies;
  for (const ListedMessage* message : smallest) {
    const auto hash = co_await body_hash(*message);
    if (!hash) co_return std::unexpected(hash.error());
    if (*hash) bodies.emplace(message->number, **hash);
  }
  auto work = [&formers](store::Reader& reader) {
    std::vector<std::vector<store::BodyHash>> recorded;
    for (const FormerSource& former : formers) {
      std::vector<OriginId> ids;
      ids.reserve(former.origins.size());
      for (const Origin& origin : former.origins) ids.push_back(origin.id);
      recorded.push_back(reader.body_hashes(ids));
    }
    return recorded;
  };
  const auto recorded = co_await read(account_, std::move(work));
  co_return adopted(listing, formers, bodies, recorded);
}

asio::awaitable<Answer<std::optional<store::BodyHash>>> Relink::body_hash(
    const ListedMessage& message) {
  HashSink sink;
  const std::vector<upstream::Pop3Session::Wanted> wanted{{message.number, true, message.octets}};
  const auto answer = co_await session_.retrieve(wanted, sink);
  if (!answer) co_return std::unexpected(answer.error());
  if (sink.hash) looked_at_.push_back(*sink.hash);
  co_return sink.hash;
}

}  // namespace postern::engine
