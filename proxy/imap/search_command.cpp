#include <utility>

#include "proxy/imap/object_id.h"
#include "proxy/imap/search_references.h"
#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

using Returns = wire::imap::ReturnOptions;

/// More are written down on the store's threads.
constexpr std::size_t few_messages = 1000;

bool known_charset(std::string_view charset) {
  return charset.empty() || charset == "US-ASCII" || charset == "ASCII" || charset == "UTF-8";
}

}  // namespace

/// The key with what it refers to outside the view put in its place.
asio::awaitable<std::expected<wire::imap::SearchKey, Answer>> Session::resolve(
    const wire::imap::SearchKey& key) {
  References references{wall_now(), view_->saved(), {}};
  if (auto ids = email_ids(key); !ids.empty()) {
    auto work = [ids = std::move(ids)](store::Reader& reader) {
      std::unordered_map<std::string, BodyId> emails;
      for (const std::string& id : ids) {
        const auto hash = parse_email_id(id);
        const auto body = hash ? reader.find_body(*hash) : std::nullopt;
        if (body) emails.emplace(id, *body);
      }
      return emails;
    };
    auto emails = co_await access::read(account(), std::move(work));
    if (!emails) co_return std::unexpected(failed(emails.error()));
    references.emails = std::move(*emails);
  }
  co_return resolved(key, references);
}

asio::awaitable<std::expected<Found, Answer>> Session::find(
    const wire::imap::command::Searching& command) {
  if (command.returns && command.returns->has(Returns::update) && updates(tag_))
    co_return std::unexpected(Answer::bad("A search with this tag is kept up to date already"));
  if (!known_charset(command.charset))
    co_return std::unexpected(
        Answer::no("BADCHARSET (US-ASCII UTF-8)", "Search texts are taken in UTF-8"));
  auto key = co_await resolve(command.key);
  if (!key) co_return std::unexpected(std::move(key.error()));
  co_return co_await find(std::move(*key));
}

asio::awaitable<void> Session::send(std::string lines) {
  out_ += lines;
  co_await flush_if_large();
}

/// RFC 5182 section 2.1: a search that is refused saves nothing; BAD leaves what was saved.
Answer Session::refused(const wire::imap::command::Searching& command, Answer answer) {
  if (command.returns && command.returns->has(Returns::save) &&
      answer.condition == wire::imap::Condition::no)
    view_->save({});
  return answer;
}

/// `name` is what a plain answer begins with.
asio::awaitable<Answer> Session::answer(const wire::imap::command::Searching& command, Found found,
                                        std::string_view name,
                                        std::vector<wire::imap::SortCriterion> order) {
  if (command.returns && command.returns->has(Returns::update))
    keep_up_to_date(command, std::move(order), found);
  if (command.returns && command.returns->has(Returns::save))
    view_->save(saved_part(*command.returns, found));
  const bool few = found.messages.size() <= few_messages;
  auto work = [found = std::move(found), form = command.numbers, returns = command.returns,
               tag = tag_, name = std::string(name)] {
    const auto numbers = numbers_of(found, form);
    return returns ? extended_line(tag, form, *returns, numbers) : plain_line(name, numbers);
  };
  if (few) {
    std::string lines = work();
    co_await send(std::move(lines));
  } else {
    auto lines = co_await access::compute(account(), std::move(work));
    if (!lines) co_return failed(lines.error());
    co_await send(std::move(*lines));
  }
  co_return Answer::ok(std::string(name) + " completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Search& command) {
  auto found = co_await find(command);
  if (!found) co_return refused(command, std::move(found.error()));
  co_return co_await answer(command, std::move(*found), "SEARCH");
}

}  // namespace postern::imap
