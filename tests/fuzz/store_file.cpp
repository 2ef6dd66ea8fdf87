#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "sync/store/account.h"
#include "sync/store/verification.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern;
using namespace postern::store;

namespace {

namespace fs = std::filesystem;

/// Waits for a write or a read; failures are values.
template <class R, class Submit>
Outcome<R> outcome_of(Submit submit) {
  std::promise<Outcome<R>> promise;
  auto future = promise.get_future();
  submit([&promise](Outcome<R> outcome) { promise.set_value(std::move(outcome)); });
  return future.get();
}

/// A folder that goes with the program.
class Place {
 public:
  Place() {
    const fs::path above = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path();
    std::string name = (above / "postern-fuzz-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  Place(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

bool append(Account& account, const std::string& text) {
  const MailboxId inbox = account.tree()->find("INBOX")->id;
  const auto outcome = outcome_of<Result<Appended>>([&](auto done) {
    account.write(
        [&, inbox](Transaction& transaction) {
          IncomingBody incoming(account.spool());
          incoming.feed("Subject: " + text + "\r\n\r\n" + text + "\r\n");
          NewBody body = incoming.finish();
          return transaction.append(inbox, body, {.system = 1, .keywords = {"word"}}, {1000, 60});
        },
        std::move(done));
  });
  return outcome && *outcome;
}

/// The octets of an account with a few messages.
std::string sound_file(const fs::path& above) {
  {
    const auto account = Account::open({.folder = above / "sound"});
    require(account.has_value());
    for (const char* text : {"one", "two", "three"}) require(append(**account, text));
    (*account)->close();
  }
  std::ifstream file(above / "sound/mail.db", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Whatever is asked of it ends, well or with a failure.
void use(const fs::path& folder) {
  const auto opened = Account::open({.folder = folder});
  if (!opened) {
    require(!opened.error().what.empty());
    return;
  }
  Account& account = **opened;
  for (const MailboxInfo& info : account.tree()->mailboxes) {
    std::promise<Outcome<std::shared_ptr<Mailbox>>> promise;
    auto future = promise.get_future();
    account.open_mailbox(info.id, [&promise](auto outcome) { promise.set_value(outcome); });
    const auto mailbox = future.get();
    if (!mailbox || !*mailbox) continue;
    (*mailbox)->latest()->for_each([&](SeqNum /*seq*/, const Entry& entry) {
      (void)outcome_of<std::string>([&](auto done) {
        account.read(
            [&entry](Reader& reader) {
              std::string octets;
              reader.read_body(entry.body, 0, reader.ready(entry.body).octets, octets);
              return octets;
            },
            std::move(done));
      });
    });
  }
  if (account.tree()->find("INBOX") != nullptr) (void)append(account, "another");
  account.close();
}

}  // namespace

/// K17: an account's file with octets changed: three give a place, a fourth what is there. It is
/// opened, checked, read and written to, and each of these ends well or says what is wrong.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Place place;
  static const std::string sound = sound_file(place.path);
  std::string octets = sound;
  for (std::size_t at = 0; at + 4 <= size; at += 4) {
    const std::size_t where = (std::size_t{data[at]} << 16U | std::size_t{data[at + 1]} << 8U |
                               std::size_t{data[at + 2]}) %
                              octets.size();
    octets[where] = static_cast<char>(data[at + 3]);
  }
  const fs::path folder = place.path / "changed";
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  fs::create_directory(folder);
  const fs::path file = folder / "mail.db";
  std::ofstream(file, std::ios::binary) << octets;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const auto verified = verify(file, [](const Progress& /*progress*/) {});
  require(verified || !verified.error().what.empty());
  if (octets == sound) require(verified && verified->findings.empty());
  use(folder);
  return 0;
}
