#include "proxy/daemon/archive/export_record.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "proxy/daemon/archive/import_folder.h"
#include "proxy/daemon/archive/input_file.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// An export that ended with its first step may have left the draft of its record.
bool holds_nothing(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const bool ours = entry->path() == draft_of(folder / export_record) ||
                      entry->path() == lock_of_folder(folder);
    if (!ours) return false;
  }
  return !error;
}

}  // namespace

ExportRecord::ExportRecord(fs::path folder, std::string account, std::string format)
    : folder_(std::move(folder)), account_(std::move(account)), format_(std::move(format)) {
  make_folder(folder_);
  std::error_code error;
  if (!fs::is_directory(folder_, error))
    throw FileTrouble(folder_.string() +
                      " is a file, and there are several mailboxes; name a folder");
  lock_.emplace(lock_of_folder(folder_));
  if (fs::exists(folder_ / export_record, error)) {
    load();
    return;
  }
  if (!holds_nothing(folder_))
    throw FileTrouble(
        fmt::format("{} holds something else already; name a folder that is empty or "
                    "is not there yet",
                    folder_.string()));
  save();
}

void ExportRecord::load() {
  const fs::path path = folder_ / export_record;
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const json found = json::parse(text, nullptr, false);
  try {
    const auto account = found.at("account").get<std::string>();
    const auto format = found.at("format").get<std::string>();
    if (account != account_ || format != format_)
      throw FileTrouble(fmt::format("{} holds the mail of {} as {}; name another folder",
                                    folder_.string(), account, format));
    for (const auto& [name, from] : found.at("files").items()) {
      Entry entry{.state = {UidValidity(from.at("uid_validity").get<std::uint32_t>()),
                            ModSeq(from.at("mod_seq").get<std::uint64_t>())},
                  .stamps = {}};
      for (const json& stamp : from.at("stamps"))
        entry.stamps.push_back({stamp.at(0).get<std::uint64_t>(), stamp.at(1).get<std::int64_t>()});
      files_.emplace(name, std::move(entry));
    }
  } catch (const json::exception&) {
    throw FileTrouble(path.string() + " is damaged; name another folder");
  }
}

void ExportRecord::save() const {
  json files = json::object();
  for (const auto& [name, entry] : files_) {
    json stamps = json::array();
    for (const Stamp& stamp : entry.stamps)
      stamps.push_back(json::array({stamp.octets, stamp.modified}));
    files[name] = {{"uid_validity", entry.state.uid_validity.value},
                   {"mod_seq", entry.state.mod_seq.value},
                   {"stamps", stamps}};
  }
  const json record = {{"account", account_}, {"format", format_}, {"files", files}};
  OutputFile file(folder_ / export_record);
  file.write(record.dump(1) + "\n");
  file.finish(OutputFile::Durable::yes);
  file.keep(OutputFile::Existing::replace);
  sync_folder(folder_);
}

bool ExportRecord::up_to_date(const std::string& file, State state) const {
  const auto found = files_.find(file);
  return found != files_.end() && found->second.state == state &&
         stamp_of(folder_ / file) == found->second.stamps.back();
}

void ExportRecord::check(const std::string& file) const {
  const Stamp there = stamp_of(folder_ / file);
  if (there == Stamp{}) return;
  const auto found = files_.find(file);
  if (found == files_.end() ||
      std::ranges::find(found->second.stamps, there) == found->second.stamps.end())
    throw FileTrouble(fmt::format(
        "{} was not written by this export, or was changed since; move it away, or name another "
        "folder",
        (folder_ / file).string()));
}

void ExportRecord::keep(const std::string& file, State state, OutputFile& output) {
  check(file);
  Entry entry{.state = state, .stamps = {}};
  if (const Stamp before = stamp_of(folder_ / file); before != Stamp{})
    entry.stamps.push_back(before);
  entry.stamps.push_back(output.stamp());
  files_[file] = std::move(entry);
  save();
  output.keep(OutputFile::Existing::replace);
  sync_folder((folder_ / file).parent_path());
}

}  // namespace postern::daemon::archive
