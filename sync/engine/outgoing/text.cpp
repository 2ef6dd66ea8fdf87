#include "sync/engine/outgoing/text.h"

#include <algorithm>
#include <utility>

#include "sync/engine/store_work.h"
#include "sync/wire/mime/structure.h"

namespace postern::engine::outgoing {

namespace {

constexpr std::size_t block_octets = 128UL * 1024;

}  // namespace

asio::awaitable<void> HeldText::append(std::string octets) {
  rest_ += octets.size();
  if (!spool_ && in_memory_.size() + octets.size() <= memory_limit) {
    in_memory_ += octets;
    co_return;
  }
  auto work = [this, octets = std::move(octets)] {
    if (!spool_) {
      spool_ = std::make_unique<store::SpoolFile>(account_->spool());
      spool_->append(std::exchange(in_memory_, {}));
    }
    spool_->append(octets);
  };
  co_await compute(*account_, std::move(work));
}

asio::awaitable<std::string> HeldText::read(std::uint64_t offset, std::size_t count) {
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, rest_ - offset));
  if (!spool_) co_return in_memory_.substr(static_cast<std::size_t>(offset), count);
  auto work = [this, offset, count] {
    std::string out(count, '\0');
    spool_->read(offset, out.data(), count);
    return out;
  };
  co_return co_await compute(*account_, std::move(work));
}

asio::awaitable<store::NewBody> HeldText::body() {
  auto work = [this] {
    store::IncomingBody incoming(account_->spool());
    incoming.feed(header_);
    if (!spool_) return incoming.finish(in_memory_);
    std::string block;
    for (std::uint64_t offset = 0; offset < rest_; offset += block.size()) {
      block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block_octets, rest_ - offset)));
      spool_->read(offset, block.data(), block.size());
      incoming.feed(block);
    }
    return incoming.finish();
  };
  co_return co_await compute(*account_, std::move(work));
}

asio::awaitable<std::unique_ptr<StoredText>> StoredText::open(
    std::shared_ptr<store::Account> account, BodyId body) {
  struct Head {
    std::string header;
    std::uint64_t rest = 0;
  };
  auto work = [body](store::Reader& reader) {
    const auto structure = wire::mime::Structure::decode(reader.ready(body).parts);
    if (!structure || structure->parts.empty())
      throw store::StoreFailure(store::FailureKind::corrupt, "a message has no structure");
    const wire::mime::Part& whole = structure->parts.front();
    Head head;
    reader.read_body(body, 0, whole.body_begin, head.header);
    head.rest = whole.body_end - whole.body_begin;
    return head;
  };
  Head head = co_await engine::read(*account, std::move(work));
  std::unique_ptr<StoredText> text(new StoredText(std::move(account), body));
  text->header_ = std::move(head.header);
  text->rest_ = head.rest;
  co_return text;
}

asio::awaitable<std::string> StoredText::read(std::uint64_t offset, std::size_t count) {
  auto work = [body = body_, from = header_.size() + offset, count](store::Reader& reader) {
    std::string out;
    reader.read_body(body, from, count, out);
    return out;
  };
  co_return co_await engine::read(*account_, std::move(work));
}

}  // namespace postern::engine::outgoing
