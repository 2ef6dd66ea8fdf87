#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace postern::test {

/// One line of `dovecot-2.3.19.1-expected.jsonl` with the message it is about.
struct CorpusMessage {
  std::string file;
  std::string octets;  ///< as Dovecot stored it: with CRLF, and CR CR LF shortened
  nlohmann::json expected;
};

/// $POSTERN_CORPUS, or shared/corpus beside the source tree; nothing if there is none.
[[nodiscard]] std::optional<std::filesystem::path> corpus_folder();

/// Every message that Dovecot took.
[[nodiscard]] std::vector<CorpusMessage> read_corpus(const std::filesystem::path& folder);

/// A file as it is.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

[[nodiscard]] std::string sha256_hex(std::string_view octets);

/// The JSON text stands for octets, one code point each.
[[nodiscard]] std::string octets_of(const nlohmann::json& text);

}  // namespace postern::test
