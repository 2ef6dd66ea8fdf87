#include "config/report.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "config/private_file.h"

namespace postern::config {
namespace {

void sort_by_place(Mistakes& mistakes) {
  std::ranges::sort(mistakes, {},
                    [](const Mistake& m) { return std::tie(m.line, m.column, m.key); });
}

}  // namespace

void Report::mistake(Place at, std::string key, Problem problem) {
  mistakes_.push_back({file_, at.line, at.column, std::move(key), std::move(problem.what),
                       std::move(problem.advice)});
}

void Report::note(Place at, const std::string& key, Problem problem) {
  notes_.push_back(
      {file_, at.line, at.column, key, std::move(problem.what), std::move(problem.advice)});
}

std::filesystem::path Report::resolve(const std::string& path) const {
  // An absolute path on the right replaces what stands on the left.
  return (std::filesystem::absolute(file_).parent_path() / path).lexically_normal();
}

void Report::saw_plain_secret(Place at, std::string key) {
  if (files_ == Files::leave || own_mode_checked_) return;
  own_mode_checked_ = true;
  if (auto problem = check_private(file_, "this file, which holds a password,")) {
    mistake(at, std::move(key), std::move(*problem));
  }
}

Mistakes Report::take_mistakes() {
  sort_by_place(mistakes_);
  return std::exchange(mistakes_, {});
}

std::vector<std::string> Report::take_notes() {
  sort_by_place(notes_);
  std::vector<std::string> lines;
  for (const Mistake& note : std::exchange(notes_, {})) lines.push_back(note.text());
  return lines;
}

}  // namespace postern::config
