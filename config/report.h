#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/load.h"
#include "config/yaml_tree.h"

namespace postern::config {

/// What a reading finds: mistakes, and notes on what is valid but without effect.
class Report {
 public:
  /// Whether what the file names (certificates, secret files) is looked at too.
  enum class Files { check, leave };

  Report(std::filesystem::path file, Files files) : file_(std::move(file)), files_(files) {}

  void mistake(Place at, std::string key, Problem problem);
  void note(Place at, const std::string& key, Problem problem);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] Files files() const { return files_; }
  /// A path as the operator wrote it, relative to the folder of the file.
  [[nodiscard]] std::filesystem::path resolve(const std::string& path) const;

  /// A password stands in the file itself, so that the file's own mode matters.
  void saw_plain_secret(Place at, std::string key);
  /// In the order of the file; empties the report.
  [[nodiscard]] Mistakes take_mistakes();
  [[nodiscard]] std::vector<std::string> take_notes();

 private:
  std::filesystem::path file_;
  Files files_;
  bool own_mode_checked_ = false;
  Mistakes mistakes_;
  Mistakes notes_;
};

}  // namespace postern::config
