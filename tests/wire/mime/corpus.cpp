#include "tests/wire/mime/corpus.h"

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace postern::test {
namespace {

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  char before = '\0';
  for (const char c : text) {
    if (c == '\n' && before != '\r') out += '\r';
    out += c;
    before = c;
  }
  return out;
}

std::string with_short_line_ends(std::string text) {
  for (std::size_t at = 0; (at = text.find("\r\r\n", at)) != std::string::npos;) {
    text.erase(at, 1);
    at -= at > 0 ? 1 : 0;
  }
  return text;
}

}  // namespace

std::optional<std::filesystem::path> corpus_folder() {
  const char* const named = std::getenv("POSTERN_CORPUS");
  const std::filesystem::path folder =
      named != nullptr ? named : POSTERN_SOURCE_DIR "/../shared/corpus";
  if (!std::filesystem::exists(folder / "dovecot-2.3.19.1-expected.jsonl")) return std::nullopt;
  return folder;
}

std::vector<CorpusMessage> read_corpus(const std::filesystem::path& folder) {
  std::vector<CorpusMessage> result;
  std::ifstream in(folder / "dovecot-2.3.19.1-expected.jsonl");
  for (std::string line; std::getline(in, line);) {
    auto expected = nlohmann::json::parse(line);
    if (!expected.contains("envelope")) continue;
    std::string file = expected["file"];
    std::string octets = with_crlf(read_file(folder / file));
    if (octets.size() != expected["body[]"]["n"]) octets = with_short_line_ends(octets);
    result.push_back({std::move(file), std::move(octets), std::move(expected)});
  }
  return result;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

std::string sha256_hex(std::string_view octets) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size(), digest.data());
  std::string out;
  for (const std::uint8_t octet : digest) out += fmt::format("{:02x}", octet);
  return out;
}

std::string octets_of(const nlohmann::json& text) {
  const std::string utf8 = text;
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto octet = static_cast<unsigned char>(utf8[i]);
    if (octet < 0x80) {
      out += utf8[i];
    } else {
      ++i;
      out +=
          static_cast<char>(((octet & 0x03) << 6) | (static_cast<unsigned char>(utf8[i]) & 0x3f));
    }
  }
  return out;
}

}  // namespace postern::test
