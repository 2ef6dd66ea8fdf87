#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <unistd.h>

#include "proxy/imap/appending.h"
#include "proxy/imap/message_part.h"
#include "proxy/imap/session.h"
#include "sync/store/body.h"
#include "sync/wire/imap/characters.h"
#include "sync/wire/imap/message_url.h"
#include "sync/wire/mime/ascii.h"

namespace postern::imap {
namespace {

using wire::imap::MessageUrl;
using wire::mime::Octets;

/// Of one message.
constexpr std::size_t most_parts = 1000;
constexpr std::uint64_t block_octets = 256UL * 1024;

/// RFC 4469 section 4.2. What must not stand in a response code is written as a URL has it.
Answer bad_url(std::string_view url) {
  std::string shown;
  for (const char c : url) {
    if (wire::imap::is_printable(c) && c != ']' && c != '"' && c != '\\') {
      shown += c;
    } else {
      shown += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return Answer::no("BADURL \"" + shown + "\"", "There is nothing that this URL names");
}

/// By a name or an address that nobody else has.
bool is_this_machine(std::string_view host) {
  if (host == "localhost" || host == "::1" || host == "127.0.0.1") return true;
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return false;
  const std::string name = wire::mime::lower_case(buffer.data());
  return !name.empty() && (host == name || host == name + ".local");
}

/// The name that the account, or a device of it, logged in with.
bool names(std::string_view user, const access::Login& login) {
  return user == login.account ||
         (!login.device.empty() && user == login.account + "/" + login.device);
}

}  // namespace

/// What of an APPEND stands in one piece is done in its order; nothing more once it is refused.
asio::awaitable<void> Session::take_piece(Appending& appending,
                                          const wire::imap::command::AppendPiece& piece) {
  using wire::imap::command::AppendPiece;
  appending.stream = piece.stream;
  for (const AppendPiece::Step& step : piece.steps) {
    if (appending.refusal) co_return;
    if (const auto* next = std::get_if<wire::imap::command::NewMessage>(&step)) {
      begin_another(appending, *next);
    } else if (const auto* url = std::get_if<AppendPiece::Url>(&step)) {
      co_await take_url(appending, url->text);
    } else if (!appending.parts || appending.parts->octets() == 0) {
      appending.refusal = Answer::no("CANNOT", "The message is empty");
    } else {
      auto parts = std::exchange(appending.parts, nullptr);
      co_await make_ready(appending);
      appending.came({std::move(parts), std::make_shared<const std::string>()});
    }
  }
}

void Session::begin_another(Appending& appending, const wire::imap::command::NewMessage& next) {
  using Form = wire::imap::command::NewMessage::Form;
  if (!appending.replaced.empty() || !offers(config::Capability::multi_append)) {
    appending.refusal = Answer::bad("There is more than this command takes");
  } else if (next.form == Form::catenate && !offers(config::Capability::catenate)) {
    appending.refusal = Answer::bad("The message must come as a literal");
  } else if (next.form == Form::utf8 && charset() != wire::imap::Charset::utf8) {
    appending.refusal = Answer::bad("ENABLE UTF8=ACCEPT comes first");
  } else {
    appending.begin(next);
  }
}

/// False: it is refused.
bool Session::begin_part(Appending& appending) {
  if (++appending.part_count > most_parts) {
    appending.refusal = Answer::no("LIMIT", "Too many parts");
  } else if (!appending.parts) {
    appending.parts = std::make_shared<store::IncomingBody>(account()->spool());
  }
  return !appending.refusal;
}

/// RFC 4469 section 3. The messages that URLs name are looked for as they stand now, not as the
/// session shows them: what is expunged is not there.
asio::awaitable<void> Session::take_url(Appending& appending, std::string text) {
  appending.refusal = too_large(appending, 0);
  if (appending.refusal || !begin_part(appending)) co_return;
  co_await expect_client({});
  const auto url = wire::imap::parse_message_url(text);
  store::SnapshotPtr view;
  const bool known = url && (!url->partial || offers(config::Capability::url_partial));
  if (known) view = co_await mailbox_of(*url);
  const auto seq = view ? view->find(url->uid) : std::nullopt;
  if (!seq) {
    appending.refusal = bad_url(text);
    co_return;
  }
  // The picture is kept until all is copied: nobody takes the octets away.
  const BodyId body = view->at(*seq).body;
  auto look = [body, url = *url](store::Reader& reader) { return find_part(reader, body, url); };
  auto found = co_await access::read(account(), std::move(look));
  if (!found) {
    appending.refusal = failed(found.error());
  } else if (!*found) {
    appending.refusal = bad_url(text);
  } else {
    auto part = std::make_shared<const MessagePart>(std::move(**found));
    co_await copy_part(appending, std::move(part));
  }
}

/// nullptr: no such mailbox of this account.
asio::awaitable<store::SnapshotPtr> Session::mailbox_of(const MessageUrl& url) {
  if (url.server && (!is_this_machine(url.server->host) ||
                     (url.server->user && !names(*url.server->user, *login_))))
    co_return nullptr;
  MailboxId id(0);
  if (url.mailbox) {
    const auto tree = account()->tree();
    const store::MailboxInfo* info = tree->find(url.mailbox->utf8());
    if (info != nullptr) id = info->id;
  } else if (state_ == State::selected && view_) {
    id = view_->id();
  }
  if (id == MailboxId(0)) co_return nullptr;
  const auto mailbox = co_await access::open_mailbox(account(), id);
  if (!mailbox || !*mailbox || (*mailbox)->gone()) co_return nullptr;
  store::SnapshotPtr view = (*mailbox)->latest();
  if (url.uid_validity && *url.uid_validity != view->head().uid_validity) co_return nullptr;
  co_return view;
}

/// Block by block, however large it is.
asio::awaitable<void> Session::copy_part(Appending& appending,
                                         std::shared_ptr<const MessagePart> part) {
  const Octets& where = part->where;
  appending.refusal = too_large(appending, where.end - where.begin);
  for (std::uint64_t at = where.begin; at < where.end && !appending.refusal;) {
    const Octets piece{at, std::min(where.end, at + block_octets)};
    auto work = [part, piece, to = appending.parts](store::Reader& reader) {
      copy_piece(reader, *part, piece, *to);
    };
    const auto outcome = co_await access::read(account(), std::move(work));
    if (!outcome) appending.refusal = failed(outcome.error());
    at = piece.end;
  }
}

}  // namespace postern::imap
