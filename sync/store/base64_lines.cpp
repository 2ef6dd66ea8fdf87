#include "sync/store/base64_lines.h"

#include <algorithm>
#include <cstdint>

#include "sync/wire/base64_groups.h"

namespace postern::store {

namespace {

constexpr std::size_t longest_line = 1024;
constexpr std::size_t least_line = 20;  ///< letters
/// Shorter runs are left as they are: their numbers would cost what is saved.
constexpr std::size_t least_run = 256;

/// Lines of the same length that hold nothing but letters.
struct Run {
  std::size_t quartets = 0;  ///< in each line
  std::size_t lines = 0;
  [[nodiscard]] std::size_t line_octets() const { return quartets * 4 + 2; }
  [[nodiscard]] std::size_t octets() const { return lines * line_octets(); }
};

/// The quartets of the line that `text` begins with; 0: it is no line of a run.
std::size_t quartets_of_line(std::string_view text) {
  // Words have blanks and dots.
  if (text.size() < least_line) return 0;
  for (const char c : text.substr(0, least_line))
    if (wire::base64_value(c) == wire::no_base64_letter) return 0;
  const std::size_t end = text.substr(0, longest_line).find('\n');
  if (end == std::string_view::npos || text[end - 1] != '\r') return 0;
  return (end - 1) % 4 == 0 ? (end - 1) / 4 : 0;
}

/// The run at the start of `text`, its octets at the end of `out`.
Run take_run(std::string_view text, std::string& out) {
  Run run{quartets_of_line(text), 0};
  if (run.quartets == 0) return run;
  const std::size_t before = out.size();
  const std::size_t most = text.size() / run.line_octets();
  out.resize_and_overwrite(before + most * run.quartets * 3, [&](char* octets, std::size_t) {
    run.lines = wire::decode_base64_lines(text, run.quartets, octets + before);
    return before + run.lines * run.quartets * 3;
  });
  return run;
}

}  // namespace

void append_number(std::size_t number, std::string& out) {
  for (; number >= 128; number >>= 7) out.push_back(static_cast<char>((number & 127U) | 128U));
  out.push_back(static_cast<char>(number));
}

std::optional<std::size_t> take_number(std::string_view& from) {
  std::size_t number = 0;
  for (unsigned shift = 0; shift < 35 && !from.empty(); shift += 7) {
    const std::uint32_t next = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    number |= std::size_t{next & 127U} << shift;
    if (next < 128) return number;
  }
  return std::nullopt;
}

bool pack_base64_lines(std::string_view raw, PackedLines& packed) {
  packed.frame.clear();
  packed.octets.clear();
  std::size_t text_from = 0;
  std::size_t saved = 0;
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t before = packed.octets.size();
    const Run run = take_run(raw.substr(at), packed.octets);
    if (run.octets() >= least_run) {
      append_number(at - text_from, packed.frame);
      packed.frame.append(raw, text_from, at - text_from);
      append_number(run.quartets, packed.frame);
      append_number(run.lines, packed.frame);
      saved += run.octets() - (packed.octets.size() - before);
      at += run.octets();
      text_from = at;
      continue;
    }
    packed.octets.resize(before);
    at = run.lines != 0 ? at + run.octets() : std::min(raw.find('\n', at), raw.size() - 1) + 1;
  }
  if (saved <= raw.size() / 16) return false;
  append_number(raw.size() - text_from, packed.frame);
  packed.frame.append(raw, text_from);
  return true;
}

bool unpack_base64_lines(std::string_view frame, std::string_view octets, char* into,
                         std::size_t room) {
  while (true) {
    const auto text = take_number(frame);
    if (!text || *text > frame.size() || *text > room) return false;
    into = std::ranges::copy(frame.substr(0, *text), into).out;
    frame.remove_prefix(*text);
    room -= *text;
    if (frame.empty()) return room == 0 && octets.empty();
    const auto quartets = take_number(frame);
    const auto lines = take_number(frame);
    if (!quartets || !lines || *quartets == 0 || *quartets > longest_line / 4) return false;
    const Run run{*quartets, *lines};
    if (run.lines > room / run.line_octets()) return false;
    if (run.lines > octets.size() / (run.quartets * 3)) return false;
    const std::size_t run_octets = run.lines * run.quartets * 3;
    wire::encode_base64_lines(octets.substr(0, run_octets), run.quartets, into);
    octets.remove_prefix(run_octets);
    into += run.octets();
    room -= run.octets();
  }
}

}  // namespace postern::store
