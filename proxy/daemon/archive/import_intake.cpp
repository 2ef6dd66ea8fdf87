#include "proxy/daemon/archive/import_intake.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "proxy/daemon/control_server.h"
#include "sync/base/log.h"
#include "sync/store/failure.h"
#include "sync/wire/imap/mailbox_name.h"

namespace postern::daemon::archive {

namespace {

using engine::Importer;
using nlohmann::json;
using store::SpecialUse;

/// The other side may be reading a large message for the first time.
constexpr std::chrono::minutes patience{10};
constexpr std::uint64_t block_octets = 1024UL * 1024;
/// Of SystemFlag.
constexpr std::uint8_t all_flags = 31;

/// What a peer said that makes no sense, or cannot be done.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

constexpr std::array<std::pair<std::string_view, SpecialUse>, 6> uses = {{
    {"", SpecialUse::none},
    {"archive", SpecialUse::archive},
    {"drafts", SpecialUse::drafts},
    {"junk", SpecialUse::junk},
    {"sent", SpecialUse::sent},
    {"trash", SpecialUse::trash},
}};

std::string hex_of(const store::BodyHash& hash) {
  std::string digits;
  for (const std::uint8_t octet : hash) digits += fmt::format("{:02x}", octet);
  return digits;
}

store::BodyHash hash_from(const json& value) {
  const auto digits = value.get<std::string>();
  store::BodyHash hash{};
  if (digits.size() != 2 * hash.size()) throw Refused("a hash of another length");
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const char* const begin = digits.data() + 2 * i;
    if (std::from_chars(begin, begin + 2, hash[i], 16).ptr != begin + 2)
      throw Refused("a hash that is none");
  }
  return hash;
}

Importer::Item item_from(const json& from) {
  Importer::Item item;
  item.mailbox = from.at("mailbox").get<std::string>();
  item.key.identity = hash_from(from.at("identity"));
  item.key.occurrence = from.at("occurrence").get<std::uint32_t>();
  item.content = hash_from(from.at("content"));
  item.flags.system = from.at("flags").get<std::uint8_t>() & all_flags;
  item.flags.keywords = from.at("keywords").get<std::vector<std::string>>();
  item.date = {from.at("date").get<std::int64_t>(), from.at("zone").get<std::int16_t>()};
  return item;
}

class Intake {
 public:
  Intake(LineChannel& channel, std::shared_ptr<store::Account> account, Importer::Mode mode)
      : channel_(channel), importer_(std::move(account), mode) {}

  /// Until the other side has said all it has to say.
  asio::awaitable<void> run() {
    const json ready = {{"ready", true}};
    co_await channel_.send(ready);
    for (;;) {
      const auto line = co_await channel_.receive(patience);
      if (!line) co_return;
      if (line->contains("mailbox")) {
        co_await mailbox(*line);
      } else if (line->contains("message")) {
        co_await message(line->at("message"));
      } else {
        co_await commit();
      }
    }
  }

 private:
  asio::awaitable<void> mailbox(const json& line) {
    auto name = line.at("mailbox").get<std::string>();
    const auto words = line.value("use", "");
    const auto* const use =
        std::ranges::find(uses, std::string_view(words), [](const auto& one) { return one.first; });
    const bool possible = wire::imap::MailboxName::from_utf8(name).has_value();
    const bool made = possible && co_await importer_.mailbox(
                                      name, use == uses.end() ? SpecialUse::none : use->second);
    if (!made)
      throw Refused(fmt::format("there can be no mailbox {}; name another one with --into",
                                log::quoted(name)));
  }

  asio::awaitable<void> message(const json& from) {
    Importer::Item item = item_from(from);
    auto left = from.at("octets").get<std::uint64_t>();
    if (left <= Importer::small_octets) {
      std::string octets = co_await channel_.receive_octets(left, patience);
      co_await importer_.take(std::move(item), std::move(octets));
      co_return;
    }
    const bool wanted = co_await importer_.wants(item);
    while (left != 0) {
      const auto count = static_cast<std::size_t>(std::min(left, block_octets));
      std::string octets = co_await channel_.receive_octets(count, patience);
      left -= count;
      if (wanted) co_await importer_.feed(std::move(octets));
    }
    if (wanted) co_await importer_.end(std::move(item));
  }

  asio::awaitable<void> commit() {
    const auto tally = co_await importer_.commit();
    if (!tally)
      throw Refused(
          "a mailbox was deleted meanwhile; run the same command again, it goes on where it was");
    const json answer = {{"added", tally->added},
                         {"known", tally->known},
                         {"present", tally->present},
                         {"curtailed", tally->curtailed},
                         {"left_out", tally->left_out}};
    co_await channel_.send(answer);
  }

  LineChannel& channel_;
  Importer importer_;
};

}  // namespace

json to_json(const Importer::Item& item, std::uint64_t octets) {
  return {{"message",
           {{"mailbox", item.mailbox},
            {"identity", hex_of(item.key.identity)},
            {"content", hex_of(item.content)},
            {"occurrence", item.key.occurrence},
            {"flags", item.flags.system},
            {"keywords", item.flags.keywords},
            {"date", item.date.seconds},
            {"zone", item.date.zone_minutes},
            {"octets", octets}}}};
}

asio::awaitable<void> take_import(LineChannel& channel, std::shared_ptr<store::Account> account,
                                  Importer::Mode mode) {
  std::string trouble;
  try {
    Intake intake(channel, std::move(account), mode);
    co_await intake.run();
  } catch (const store::StoreFailure& failure) {
    trouble = store::problem_of(failure).text();
  } catch (const Refused& refused) {
    trouble = refused.what();
  } catch (const json::exception& error) {
    trouble = std::string("the daemon is of another release; restart it: ") + error.what();
  }
  if (trouble.empty()) co_return;
  const json refusal = {{"error", trouble}};
  co_await channel.send(refusal);
}

asio::awaitable<void> answer_import(LineChannel& channel, const Daemon& daemon,
                                    const json& question) {
  const auto account = question.value("account", "");
  const auto found = daemon.accounts().find(account);
  // A reload may take the account away meanwhile; its store stays until the import ends.
  const auto service = found == daemon.accounts().end() ? nullptr : found->second;
  std::string trouble;
  if (!service) {
    trouble = unknown_account(account, daemon.config());
  } else if (!service->store()) {
    trouble = service->problem() ? service->problem()->text() : "the account is not open yet";
  }
  if (!trouble.empty()) {
    const json refusal = {{"error", trouble}};
    co_await channel.send(refusal);
    co_return;
  }
  const bool look = question.value("look", false);
  co_await take_import(channel, service->store(),
                       look ? Importer::Mode::look : Importer::Mode::keep);
}

}  // namespace postern::daemon::archive
