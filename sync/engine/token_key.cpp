#include "sync/engine/token_key.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/aead.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postern::engine {
namespace {

constexpr std::size_t key_octets = 32;
constexpr std::size_t nonce_octets = 12;
constexpr std::size_t tag_octets = 16;
constexpr char version = 1;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::unexpected<Problem> cannot(const char* what, const std::filesystem::path& file) {
  return std::unexpected(
      Problem{fmt::format("cannot {} {}: {}", what, file.string(), std::strerror(errno)),
              "make sure that the user that runs postern owns the folder"});
}

const std::uint8_t* octets_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::uint8_t* octets_of(std::string& text) {
  return reinterpret_cast<std::uint8_t*>(text.data());
}

/// Writes a new key beside `file` and gives it that name, unless somebody was faster.
std::expected<void, Problem> make(const std::filesystem::path& file) {
  std::array<char, key_octets> key{};
  RAND_bytes(reinterpret_cast<std::uint8_t*>(key.data()), key.size());
  std::string beside = file.string() + ".XXXXXX";
  const Descriptor made(::mkostemp(beside.data(), O_CLOEXEC));  // mode 0600
  if (!made.open()) return cannot("make", file);
  const bool written =
      ::write(made.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
      ::fsync(made.get()) == 0;
  wipe(key.data(), key.size());
  const bool named = written && (::link(beside.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  ::unlink(beside.c_str());
  errno = error;
  if (!named) return cannot("write", file);
  // The name has to last as long as what is sealed under it.
  const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open() || ::fsync(folder.get()) != 0) return cannot("keep", file);
  return {};
}

bool is_private(const struct stat& facts) {
  return S_ISREG(facts.st_mode) && facts.st_uid == ::geteuid() && (facts.st_mode & 077U) == 0;
}

bssl::UniquePtr<EVP_AEAD_CTX> cipher(const Secret& key) {
  return bssl::UniquePtr<EVP_AEAD_CTX>(
      EVP_AEAD_CTX_new(EVP_aead_aes_256_gcm(), octets_of(key.reveal()), key_octets, tag_octets));
}

}  // namespace

std::expected<TokenKey, Problem> TokenKey::open(const std::filesystem::path& file) {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  int fd = ::open(file.c_str(), flags);
  if (fd < 0 && errno == ENOENT) {
    if (auto made = make(file); !made) return std::unexpected(made.error());
    fd = ::open(file.c_str(), flags);
  }
  const Descriptor opened(fd);
  if (!opened.open()) return cannot("open", file);
  struct stat facts{};
  if (::fstat(opened.get(), &facts) != 0) return cannot("look at", file);
  if (!is_private(facts)) {
    return std::unexpected(Problem{fmt::format("{} is not this user's alone", file.string()),
                                   "correct its owner and mode: chmod 600 " + file.string()});
  }
  std::string key(key_octets, '\0');
  const bool whole =
      facts.st_size == static_cast<off_t>(key_octets) &&
      ::read(opened.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size());
  Secret secret(std::move(key));
  if (!whole) {
    return std::unexpected(Problem{fmt::format("{} is damaged", file.string()),
                                   "delete it, then sign in again: postern login ACCOUNT"});
  }
  return TokenKey(std::move(secret));
}

std::string TokenKey::seal(const Secret& text, std::string_view context) const {
  const std::string_view plain = text.reveal();
  std::string sealed(1 + nonce_octets + plain.size() + tag_octets, version);
  std::uint8_t* nonce = octets_of(sealed) + 1;
  RAND_bytes(nonce, nonce_octets);
  std::size_t count = 0;
  const auto context_of_key = cipher(key_);
  EVP_AEAD_CTX_seal(context_of_key.get(), nonce + nonce_octets, &count, plain.size() + tag_octets,
                    nonce, nonce_octets, octets_of(plain), plain.size(), octets_of(context),
                    context.size());
  sealed.resize(1 + nonce_octets + count);
  return sealed;
}

std::optional<Secret> TokenKey::unseal(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < 1 + nonce_octets + tag_octets || sealed.front() != version)
    return std::nullopt;
  const std::string_view nonce = sealed.substr(1, nonce_octets);
  const std::string_view data = sealed.substr(1 + nonce_octets);
  std::string plain(data.size(), '\0');
  std::size_t count = 0;
  const auto context_of_key = cipher(key_);
  const int good = EVP_AEAD_CTX_open(context_of_key.get(), octets_of(plain), &count, plain.size(),
                                     octets_of(nonce), nonce.size(), octets_of(data), data.size(),
                                     octets_of(context), context.size());
  plain.resize(good == 1 ? count : 0);
  Secret text(std::move(plain));
  if (good != 1) return std::nullopt;
  return text;
}

Secret TokenKey::derive(std::string_view purpose) const {
  std::string derived(key_octets, '\0');
  unsigned count = 0;
  HMAC(EVP_sha256(), key_.reveal().data(), key_octets, octets_of(purpose), purpose.size(),
       octets_of(derived), &count);
  return Secret(std::move(derived));
}

}  // namespace postern::engine
