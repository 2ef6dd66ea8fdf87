#include <unicode/ucnv.h>
#include <unicode/utf16.h>

#include <array>
#include <list>
#include <memory>
#include <utility>

#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/likely_charset.h"
#include "sync/wire/mime/text.h"
#include "sync/wire/mime/unicode.h"

namespace postern::wire::mime {
namespace {

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

/// Names that mean more than they say, as browsers and mail programs take them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> supersets = {{
    {"iso-8859-1", "windows-1252"}, {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"}, {"latin1", "windows-1252"},
    {"iso-8859-9", "windows-1254"}, {"iso-8859-8-i", "windows-1255"},
    {"iso-8859-8-e", "iso-8859-8"}, {"gb2312", "gb18030"},
    {"gb_2312-80", "gb18030"},      {"gbk", "gb18030"},
    {"x-gbk", "gb18030"},           {"shift_jis", "windows-31j"},
    {"shift-jis", "windows-31j"},   {"sjis", "windows-31j"},
    {"x-sjis", "windows-31j"},      {"ks_c_5601-1987", "windows-949"},
    {"euc-kr", "windows-949"},      {"tis-620", "windows-874"},
    {"x-mac-roman", "macintosh"},   {"unicode-1-1-utf-7", "utf-7"},
    {"unicode-1-1-utf-8", "utf-8"}, {"utf8mb4", "utf-8"},
}};

/// Names that say nothing about the octets.
constexpr std::array<std::string_view, 8> nameless = {
    "", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "unknown", "default", "_autodetect_all"};

/// In lower case, without quotes, blanks and the language of RFC 2231 section 5.
std::string canonical(std::string_view charset) {
  constexpr std::string_view blank = " \t\r\n\"'";
  charset = charset.substr(0, charset.find('*'));
  const auto begin = charset.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  charset = charset.substr(begin, charset.find_last_not_of(blank) - begin + 1);
  std::string name = lower_case(charset);
  for (const auto& [from, to] : supersets) {
    if (name == from) return std::string(to);
  }
  return name;
}

Converter open_converter(const std::string& name) {
  constexpr std::size_t longest_name = 60;
  if (name.empty() || name.size() >= longest_name || !is_ascii(name)) return nullptr;
  // A comma would introduce options of ICU.
  if (name.contains(',')) return nullptr;
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(name.c_str(), &status));
  return U_SUCCESS(status) ? std::move(converter) : nullptr;
}

/// Opening a converter costs far more than a header's text: each thread keeps the last ones used.
class ConverterCache {
 public:
  UConverter* get(const std::string& name) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->first != name) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      ucnv_resetToUnicode(entry->second.get());
      return entry->second.get();
    }
    Converter converter = open_converter(name);
    if (converter == nullptr) return nullptr;
    if (entries_.size() == most) entries_.pop_back();
    return entries_.emplace_front(name, std::move(converter)).second.get();
  }

 private:
  static constexpr std::size_t most = 8;
  std::list<std::pair<std::string, Converter>> entries_;  ///< last used first
};

UConverter* converter_for(const std::string& name) {
  thread_local ConverterCache cache;
  return cache.get(name);
}

std::string convert(UConverter& converter, std::string_view octets) {
  std::string out;
  std::array<char16_t, 4096> buffer{};
  std::size_t kept = 0;  // of a pair of surrogates whose second half is to come
  const char* source = octets.data();
  const char* const end = source + octets.size();
  UErrorCode status = U_BUFFER_OVERFLOW_ERROR;
  while (status == U_BUFFER_OVERFLOW_ERROR) {
    status = U_ZERO_ERROR;
    char16_t* target = buffer.data() + kept;
    ucnv_toUnicode(&converter, &target, buffer.data() + buffer.size(), &source, end, nullptr, true,
                   &status);
    std::u16string_view units(buffer.data(), target);
    kept = status == U_BUFFER_OVERFLOW_ERROR && !units.empty() && U16_IS_LEAD(units.back()) ? 1 : 0;
    units.remove_suffix(kept);
    out += utf8_from(units);
    if (kept != 0) buffer.front() = buffer[units.size()];
  }
  return out;
}

/// Text in UTF-16 or UTF-32 has zero octets; what has none only claims to be such.
bool claims_wide(const std::string& name, std::string_view octets) {
  return (name.starts_with("utf-16") || name.starts_with("utf-32")) &&
         octets.find('\0') == std::string_view::npos && is_utf8(octets);
}

std::string guess(std::string_view octets) {
  const std::string_view likely = likely_charset(octets);
  if (likely == "utf-8") return std::string(octets);
  return convert(*converter_for(canonical(likely)), octets);
}

}  // namespace

bool known_charset(std::string_view charset) {
  const std::string name = canonical(charset);
  return name == "us-ascii" || converter_for(name) != nullptr;
}

std::string to_utf8(std::string_view octets, std::string_view charset) {
  if (charset.empty()) return guess(octets);  // as in headers: there is no name to look up
  const std::string name = canonical(charset);
  for (const std::string_view none : nameless) {
    if (name == none) return guess(octets);
  }
  if (name == "utf-8" || name == "utf8") {
    return is_utf8(octets) ? std::string(octets) : utf8_from(utf16_from(octets));
  }
  UConverter* const converter = claims_wide(name, octets) ? nullptr : converter_for(name);
  return converter == nullptr ? guess(octets) : convert(*converter, octets);
}

}  // namespace postern::wire::mime
