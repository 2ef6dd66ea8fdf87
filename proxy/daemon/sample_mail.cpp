#include "proxy/daemon/sample_mail.h"

#include <future>
#include <utility>

#include <fmt/core.h>

#include "proxy/daemon/sample_text.h"

namespace postern::daemon {
namespace {

using sample::Dice;
using sample::header_text;
using sample::paragraphs;

constexpr std::chrono::days span{730};
constexpr const char* owner = "Demo <demo@provider.example>";

/// What every family needs to know about its message.
struct Letter {
  Dice dice;
  std::size_t number;
  WallTime date;

  [[nodiscard]] std::string boundary(const char* level) const {
    return fmt::format("=_{}_{}", level, number);
  }
};

std::string message_id(const char* kind, std::size_t number) {
  return fmt::format("<{}.{}@provider.example>", kind, number);
}

std::string mailbox(const sample::Person& person) {
  return fmt::format("{} <{}>", header_text(person.name), person.address);
}

std::string head(Letter& letter, const std::string& subject, const std::string& more = {}) {
  return fmt::format(
      "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: {}\r\n{}MIME-Version: 1.0\r\n",
      mailbox(letter.dice.pick(sample::people)), owner, header_text(subject),
      sample::date_text(letter.date), message_id("sample", letter.number), more);
}

std::string text_part(const std::string& text) {
  return "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
         "quoted-printable\r\n\r\n" +
         sample::quoted_printable(text);
}

std::string html_part(const std::string& text) {
  std::string html = "<html><body>\r\n";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find("\r\n", at);
    html += "<p>" + text.substr(at, end - at) + "</p>\r\n";
    at = end == std::string::npos ? text.size() : end + 2;
  }
  html += "</body></html>\r\n";
  return "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         sample::base64_lines(html);
}

std::string multipart(const std::string& kind, const std::string& boundary,
                      const std::vector<std::string>& parts) {
  std::string out =
      fmt::format("Content-Type: multipart/{}; boundary=\"{}\"\r\n\r\n", kind, boundary);
  for (const auto& part : parts) out += fmt::format("--{}\r\n{}\r\n", boundary, part);
  out += fmt::format("--{}--\r\n", boundary);
  return out;
}

std::string attachment(const std::string& type, const std::string& name, std::string_view octets) {
  return fmt::format(
             "Content-Type: {}; name=\"{}\"\r\nContent-Disposition: attachment; filename=\"{}\"\r\n"
             "Content-Transfer-Encoding: base64\r\n\r\n",
             type, name, name) +
         sample::base64_lines(octets);
}

std::string plain(Letter& letter) {
  const std::string subject = letter.dice.pick(sample::subjects);
  return head(letter, subject) + text_part(paragraphs(letter.dice, 1 + letter.dice.below(4)));
}

std::string with_html(Letter& letter) {
  const std::string subject = letter.dice.pick(sample::subjects);
  const std::string text = paragraphs(letter.dice, 2 + letter.dice.below(6));
  return head(letter, subject) +
         multipart("alternative", letter.boundary("alt"), {text_part(text), html_part(text)});
}

std::string with_attachment(Letter& letter) {
  std::string table = "plot,apples,pears\r\n";
  for (std::size_t row = 0; row < 20 + letter.dice.below(200); ++row) {
    table += fmt::format("{},{},{}\r\n", row + 1, letter.dice.below(90), letter.dice.below(60));
  }
  const auto picture =
      sample::picture(letter.dice, 64, static_cast<std::uint32_t>(32 + letter.dice.below(64)));
  return head(letter, "The list, and a picture of it") +
         multipart(
             "mixed", letter.boundary("mixed"),
             {text_part(paragraphs(letter.dice, 1)), attachment("text/csv", "harvest.csv", table),
              attachment("image/bmp", "plot.bmp", picture)});
}

/// A thread: each message answers the one of the same thread before it.
std::string in_thread(Letter& letter) {
  constexpr std::size_t threads = sample::threads.size();
  constexpr std::size_t stride = 2 * threads;
  const std::size_t thread = letter.number / 2 % threads;
  const bool first = letter.number < stride;
  std::string more;
  std::string text = paragraphs(letter.dice, 1);
  if (!first) {
    std::string references;
    for (std::size_t back = 8; back > 0; --back) {
      if (letter.number >= back * stride)
        references += " " + message_id("sample", letter.number - back * stride) + "\r\n";
    }
    more = fmt::format("In-Reply-To: {}\r\nReferences:{}",
                       message_id("sample", letter.number - stride), references);
    text += "\r\n> " + std::string(letter.dice.pick(sample::sentences)) + "\r\n";
  }
  return head(letter, (first ? "" : "Re: ") + std::string(sample::threads[thread]), more) +
         text_part(text);
}

std::string forwarded(Letter& letter) {
  std::string inner = plain(letter);
  for (std::size_t depth = 1 + letter.dice.below(3); depth > 0; --depth) {
    const std::string boundary = fmt::format("=_fwd{}_{}", depth, letter.number);
    const std::string attached =
        fmt::format("Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n{}", inner);
    inner = head(letter, fmt::format("Fwd: {}", letter.dice.pick(sample::subjects)));
    inner += multipart("mixed", boundary, {text_part(paragraphs(letter.dice, 1)), attached});
  }
  return inner;
}

std::string newsletter(Letter& letter) {
  const std::string name = letter.dice.pick(sample::newsletters);
  const std::string text = paragraphs(letter.dice, 8 + letter.dice.below(12));
  const auto logo = sample::picture(letter.dice, 120, 24);
  const std::string more = fmt::format(
      "List-Id: {} <letters.linden-court.example>\r\nList-Unsubscribe: "
      "<mailto:leave@linden-court.example?subject={}>\r\nPrecedence: list\r\n",
      name, letter.number);
  const std::string inline_logo =
      "Content-Type: image/bmp\r\nContent-ID: <logo@linden-court.example>\r\nContent-Disposition: "
      "inline\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
      sample::base64_lines(logo);
  const std::string related =
      multipart("related", letter.boundary("rel"), {html_part(text), inline_logo});
  return head(letter, fmt::format("{}, issue {}", name, letter.number), more) +
         multipart("alternative", letter.boundary("alt"), {text_part(text), related});
}

std::string invitation(Letter& letter) {
  const auto start = letter.date + std::chrono::days(3 + letter.dice.below(20));
  std::string stamp = iso8601(start);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  const std::string calendar = fmt::format(
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Postern//Sample//EN\r\nMETHOD:REQUEST\r\nBEGIN:"
      "VEVENT\r\nUID:{}@provider.example\r\nDTSTAMP:{}\r\nDTSTART:{}\r\nDURATION:PT1H\r\nSUMMARY:"
      "Tea in the yard\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
      letter.number, stamp, stamp);
  return head(letter, "Invitation: tea in the yard") +
         multipart(
             "alternative", letter.boundary("alt"),
             {text_part(paragraphs(letter.dice, 1)),
              "Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\n" + calendar});
}

/// One to three megabytes, as photographs are.
std::string big(Letter& letter) {
  const auto height = static_cast<std::uint32_t>(450 + letter.dice.below(600));
  const auto photograph = sample::picture(letter.dice, 640, height);
  return head(letter, "Photos from the lake, full size") +
         multipart("mixed", letter.boundary("mixed"),
                   {text_part(paragraphs(letter.dice, 1)),
                    attachment("image/bmp", "lake.bmp", photograph)});
}

std::string compose(Letter& letter) {
  if (letter.number % 2 == 1) return in_thread(letter);
  if (letter.number % 64 == 30) return big(letter);
  switch (letter.number / 2 % 8) {
    case 0:
    case 4: return plain(letter);
    case 1:
    case 5: return with_html(letter);
    case 2: return with_attachment(letter);
    case 3: return newsletter(letter);
    case 6: return forwarded(letter);
    default: return invitation(letter);
  }
}

}  // namespace

SampleMessage sample_message(std::size_t number, std::size_t count, WallTime last,
                             std::uint64_t seed) {
  const auto step = std::chrono::seconds(span) / static_cast<std::int64_t>(count);
  const auto age = static_cast<std::int64_t>(count - 1 - number);
  Letter letter{Dice(seed * 1'000'003 + number), number, last - step * age};
  std::string text = compose(letter);
  return {std::move(text), letter.date};
}

std::optional<store::StoreFailure> add_sample_mail(store::Account& account, std::size_t count) {
  using Appended = store::Outcome<store::Result<store::Appended>>;
  const auto inbox = account.tree()->find("INBOX")->id;
  std::promise<store::Outcome<store::Reader::Counts>> counted;
  account.read([](store::Reader& reader) { return reader.counts(); },
               [&counted](auto outcome) { counted.set_value(std::move(outcome)); });
  const auto counts = counted.get_future().get();
  if (!counts) return counts.error();
  if (counts->messages > 0) return std::nullopt;

  const WallTime last = wall_now();
  std::vector<std::future<Appended>> pending;
  for (std::size_t number = 0; number < count; ++number) {
    const SampleMessage message = sample_message(number, count, last);
    store::IncomingBody incoming(account.spool());
    incoming.feed(message.text);
    auto body = std::make_shared<store::NewBody>(incoming.finish());
    auto done = std::make_shared<std::promise<Appended>>();
    pending.push_back(done->get_future());
    const InternalDate date{message.date.time_since_epoch().count(), 0};
    account.write(
        [inbox, body, date](store::Transaction& transaction) {
          return transaction.append(inbox, *body, {}, date);
        },
        [done](Appended outcome) { done->set_value(std::move(outcome)); });
  }
  for (auto& one : pending) {
    const Appended outcome = one.get();
    if (!outcome) return outcome.error();
  }
  return std::nullopt;
}

}  // namespace postern::daemon
