#include <string>
#include <string_view>
#include <utility>

#include "sync/upstream/pop3_session.h"

namespace postern::upstream {

using wire::pop3::Ids;
using wire::pop3::Listing;
using wire::pop3::ListingBuilder;
using wire::pop3::ListingPrint;

/// The questions about a maildrop, each asked once.
class Pop3Session::Enquiry {
 public:
  explicit Enquiry(Pop3Session& session) : session_(session) {}

  /// Sends these now, if the server takes several at once; their answers are read in this order.
  /// What the login changed goes first, if that is still to be asked.
  asio::awaitable<Answer<void>> begin(std::string commands, std::size_t count);
  asio::awaitable<Answer<void>> stat();
  asio::awaitable<Answer<void>> list();
  asio::awaitable<Answer<Ids>> uidl();

  ListingBuilder builder;

 private:
  /// Before its answer is read.
  asio::awaitable<void> ask(std::string_view verb);

  Pop3Session& session_;
  std::size_t asked_ = 0;  ///< ahead, not answered yet
};

asio::awaitable<Answer<void>> Pop3Session::Enquiry::begin(std::string commands, std::size_t count) {
  if (!session_.pipelining()) co_return Answer<void>();
  asked_ = count;
  if (!std::exchange(session_.ask_with_listing_, false)) {
    co_await session_.connection_.send(std::move(commands), count);
    co_return Answer<void>();
  }
  commands.insert(0, "CAPA\r\n");
  co_await session_.connection_.send(std::move(commands), count + 1);
  co_return co_await session_.read_capabilities();
}

asio::awaitable<void> Pop3Session::Enquiry::ask(std::string_view verb) {
  if (asked_ != 0) {
    --asked_;
    co_return;
  }
  std::string command(verb);
  command += "\r\n";
  co_await session_.connection_.send(std::move(command), 1);
}

asio::awaitable<Answer<void>> Pop3Session::Enquiry::stat() {
  co_await ask("STAT");
  const auto answer = co_await session_.connection_.reply("STAT");
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->indicator == wire::pop3::Indicator::ok)
    builder.stat(wire::pop3::parse_stat(answer->text));
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> Pop3Session::Enquiry::list() {
  co_await ask("LIST");
  const auto answer = co_await session_.connection_.reply("LIST");
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->indicator != wire::pop3::Indicator::ok) co_return Answer<void>();
  co_return co_await session_.connection_.lines(
      "LIST", [this](std::string_view line) { return builder.list_line(line); });
}

asio::awaitable<Answer<Ids>> Pop3Session::Enquiry::uidl() {
  co_await ask("UIDL");
  const auto answer = co_await session_.connection_.accepted("UIDL");
  if (!answer) {
    if (answer.error().kind != Refusal::other) co_return std::unexpected(answer.error());
    co_return Ids::none;
  }
  const Answer<void> lines = co_await session_.connection_.lines(
      "UIDL", [this](std::string_view line) { return builder.uidl_line(line); });
  if (!lines) co_return std::unexpected(lines.error());
  co_return Ids::given;
}

asio::awaitable<Answer<Listing>> Pop3Session::listing() {
  Enquiry enquiry(*this);
  Answer<void> answer = co_await enquiry.begin("STAT\r\nLIST\r\nUIDL\r\n", 3);
  if (answer) answer = co_await enquiry.stat();
  if (answer) answer = co_await enquiry.list();
  if (!answer) co_return std::unexpected(answer.error());
  const Answer<Ids> ids = co_await enquiry.uidl();
  if (!ids) co_return std::unexpected(ids.error());
  co_return *ids == Ids::none ? enquiry.builder.finish_without_ids() : enquiry.builder.finish();
}

asio::awaitable<Answer<std::optional<Listing>>> Pop3Session::listing_unless(ListingPrint last) {
  Enquiry enquiry(*this);
  Answer<void> answer = co_await enquiry.begin("STAT\r\nUIDL\r\n", 2);
  if (answer) answer = co_await enquiry.stat();
  if (!answer) co_return std::unexpected(answer.error());
  const Answer<Ids> ids = co_await enquiry.uidl();
  if (!ids) co_return std::unexpected(ids.error());
  if (*ids == Ids::given && enquiry.builder.print() == last) co_return std::nullopt;
  answer = co_await enquiry.list();
  if (!answer) co_return std::unexpected(answer.error());
  co_return *ids == Ids::none ? enquiry.builder.finish_without_ids() : enquiry.builder.finish();
}

}  // namespace postern::upstream
