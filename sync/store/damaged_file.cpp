#include "sync/store/damaged_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/store/failure.h"
#include "sync/store/file_octets.h"
#include "sync/store/log_scan.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

constexpr std::size_t file_header = 100;

// The kinds of pages of a tree, by their first octet.
constexpr std::uint8_t index_inner = 2;
constexpr std::uint8_t table_inner = 5;
constexpr std::uint8_t index_leaf = 10;
constexpr std::uint8_t table_leaf = 13;

bool is_tree_page(std::uint8_t type) {
  return type == index_inner || type == table_inner || type == index_leaf || type == table_leaf;
}

/// A number of one to nine octets, taken off at `at`.
std::optional<std::uint64_t> variable(std::string_view octets, std::size_t& at) {
  std::uint64_t value = 0;
  for (int i = 0; i < 9; ++i) {
    if (at >= octets.size()) return std::nullopt;
    const auto octet = static_cast<std::uint8_t>(octets[at++]);
    if (i == 8) return value << 8 | octet;
    value = value << 7 | (octet & 0x7fU);
    if ((octet & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

std::size_t size_of_type(std::uint64_t type) {
  constexpr std::array<std::size_t, 12> sizes = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
  return type < sizes.size() ? sizes[type] : static_cast<std::size_t>((type - 12) / 2);
}

DamagedFile::Value value_of(std::uint64_t type, std::string_view octets) {
  using Kind = DamagedFile::Value::Kind;
  if (type == 0 || type == 7) return {};
  if (type == 8 || type == 9) return {Kind::integer, static_cast<std::int64_t>(type - 8), {}};
  if (type >= 12) return {type % 2 == 0 ? Kind::blob : Kind::text, 0, octets};
  const auto unused = static_cast<int>(64 - 8 * octets.size());
  const auto shifted = static_cast<std::int64_t>(big_endian(octets, 0, octets.size()) << unused);
  return {Kind::integer, shifted >> unused, {}};
}

/// The columns of a record; false if it is none.
bool decode(std::string_view record, std::vector<DamagedFile::Value>& values) {
  values.clear();
  std::size_t at = 0;
  const auto header = variable(record, at);
  if (!header || *header > record.size()) return false;
  std::uint64_t content = *header;
  while (at < *header) {
    const auto type = variable(record, at);
    if (!type || *type == 10 || *type == 11) return false;
    const std::size_t size = size_of_type(*type);
    if (size > record.size() - content) return false;
    values.push_back(value_of(*type, record.substr(content, size)));
    content += size;
  }
  return content == record.size() && !values.empty();
}

}  // namespace

DamagedFile::DamagedFile(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat facts{};
  if (file_ < 0 || ::fstat(file_, &facts) != 0) {
    const std::string why = std::strerror(errno);
    if (file_ >= 0) ::close(file_);
    throw StoreFailure(FailureKind::io, fmt::format("cannot read {}: {}", file.string(), why));
  }
  const std::string header = read_at(file_, 0, file_header);
  choose_page_octets(header);
  page_count_ = static_cast<std::uint32_t>(
      (static_cast<std::uint64_t>(facts.st_size) + page_octets_ - 1) / page_octets_);
  read_log(file.string() + "-wal");
  read_freelist();
}

/// The program makes pages of 16 KiB; what else a header says holds only where more pages look like
/// pages with it.
void DamagedFile::choose_page_octets(const std::string& header) {
  const std::uint32_t told = number16(header, 16) == 1 ? 65536 : number16(header, 16);
  const bool possible =
      header.starts_with("SQLite format 3") && std::has_single_bit(told) && told >= 512;
  if (possible && told != page_octets_ && sense_of(told) > sense_of(page_octets_))
    page_octets_ = told;
}

/// How many of the pages behind the first, where the roots are, look like those of trees.
unsigned DamagedFile::sense_of(std::uint32_t page_octets) const {
  constexpr std::uint64_t looked_at = 16;
  constexpr std::size_t header_octets = 8;
  unsigned count = 0;
  for (std::uint64_t i = 1; i <= looked_at; ++i) {
    const std::string begin = read_at(file_, i * page_octets, header_octets);
    if (begin.size() < header_octets || !is_tree_page(static_cast<std::uint8_t>(begin[0])))
      continue;
    const std::uint32_t content = number16(begin, 5) == 0 ? 65536 : number16(begin, 5);
    const std::uint32_t cells_end = 8U + 2U * number16(begin, 3);
    if (content <= page_octets && cells_end <= content) ++count;
  }
  return count;
}

DamagedFile::~DamagedFile() {
  if (file_ >= 0) ::close(file_);
  if (log_ >= 0) ::close(log_);
}

void DamagedFile::read_log(const std::filesystem::path& log) {
  log_ = ::open(log.c_str(), O_RDONLY | O_CLOEXEC);
  if (log_ < 0) return;
  LogScan found = scan_log(log_);
  if (found.page_octets != page_octets_) return;
  in_log_ = std::move(found.pages);
  if (found.page_count != 0) page_count_ = found.page_count;
}

void DamagedFile::read_freelist() {
  std::string trunk;
  if (!page(1, trunk)) return;
  std::uint32_t next = number32(trunk, 32);
  while (next != 0 && next <= page_count_ && free_.insert(next).second && page(next, trunk)) {
    const std::uint32_t count = std::min(number32(trunk, 4), page_octets_ / 4 - 2);
    for (std::uint32_t i = 0; i < count; ++i) free_.insert(number32(trunk, 8 + 4 * i));
    next = number32(trunk, 0);
  }
}

bool DamagedFile::page(std::uint32_t number, std::string& out) const {
  if (number == 0 || number > page_count_) return false;
  const auto logged = in_log_.find(number);
  out = logged != in_log_.end()
            ? read_at(log_, logged->second, page_octets_)
            : read_at(file_, std::uint64_t{number - 1} * page_octets_, page_octets_);
  // The last page of a file that was cut off: what is there may hold whole rows.
  if (out.empty()) return false;
  out.resize(page_octets_, '\0');
  return true;
}

bool DamagedFile::payload(const std::string& page, std::size_t at, std::uint64_t octets,
                          Cell& out) const {
  const std::uint64_t usable = page_octets_;
  if (octets > std::uint64_t{page_count_} * usable) return false;
  const std::uint64_t most = out.row.of_index ? (usable - 12) * 64 / 255 - 23 : usable - 35;
  const std::uint64_t least = (usable - 12) * 32 / 255 - 23;
  std::uint64_t local = octets;
  if (octets > most) {
    const std::uint64_t fitting = least + (octets - least) % (usable - 4);
    local = fitting <= most ? fitting : least;
  }
  if (at + local > page.size()) return false;
  out.payload.assign(page, at, local);
  std::uint32_t next = local < octets ? number32(page, at + local) : 0;
  std::string further;
  while (out.payload.size() < octets) {
    if (!this->page(next, further)) return false;
    out.row.pages.push_back(next);
    const std::uint64_t wanted = std::min<std::uint64_t>(octets - out.payload.size(), usable - 4);
    out.payload.append(further, 4, wanted);
    next = number32(further, 0);
  }
  return true;
}

bool DamagedFile::cell(const std::string& page, Place place, Cell& out) const {
  const std::size_t header = place.page == 1 ? file_header : 0;
  const auto type = static_cast<std::uint8_t>(page[header]);
  const bool inner = type == index_inner || type == table_inner;
  out.row = {};
  out.row.of_index = type == index_inner || type == index_leaf;
  out.row.place = place;
  out.row.pages = {place.page};
  out.left = 0;
  std::size_t at =
      number16(page, header + (inner ? 12 : 8) + 2 * static_cast<std::size_t>(place.cell));
  if (at < header + 8 || at >= page.size()) return false;
  if (inner) {
    out.left = number32(page, at);
    at += 4;
  }
  if (type == table_inner) return true;
  const auto octets = variable(page, at);
  if (!octets) return false;
  if (type == table_leaf) {
    const auto rowid = variable(page, at);
    if (!rowid) return false;
    out.row.rowid = static_cast<std::int64_t>(*rowid);
  }
  return payload(page, at, *octets, out) && decode(out.payload, out.row.values);
}

struct DamagedFile::Page {
  std::string content;
  std::size_t header = 0;  ///< where that of the tree's page begins
  std::uint8_t type = 0;
  std::uint16_t count = 0;

  [[nodiscard]] bool inner() const { return type == index_inner || type == table_inner; }
  [[nodiscard]] bool of_index() const { return type == index_inner || type == index_leaf; }
};

/// False if it is no page of a tree.
bool DamagedFile::open_page(std::uint32_t number, Page& out) const {
  if (!page(number, out.content)) return false;
  out.header = number == 1 ? file_header : 0;
  out.type = static_cast<std::uint8_t>(out.content[out.header]);
  out.count = number16(out.content, out.header + 3);
  return is_tree_page(out.type) && out.count <= page_octets_ / 4;
}

/// In a list that does not grow any more: the values of a row lie in its cell.
std::vector<DamagedFile::Cell> DamagedFile::cells(std::uint32_t number, const Page& page) const {
  std::vector<Cell> all(page.count);
  for (std::uint16_t i = 0; i < page.count; ++i) {
    all[i].whole = cell(page.content, {number, i}, all[i]);
    // What makes no sense may have claimed to be as large as the file.
    if (!all[i].whole) all[i].payload = std::string();
  }
  return all;
}

/// Whether it is a whole page of this tree.
bool DamagedFile::visit_page(std::uint32_t number, const Tree& tree, const Visit& visit,
                             std::vector<std::uint32_t>& below) {
  Page page;
  if (!open_page(number, page)) return false;
  if (tree.kind != Tree::Kind::any && page.of_index() != (tree.kind == Tree::Kind::index))
    return false;
  const std::vector<Cell> all = cells(number, page);
  const bool with_rows = page.type != table_inner;
  const auto is_row = [&](const Cell& one) { return with_rows && one.whole; };
  const auto fits = [&](const Cell& one) {
    return is_row(one) && (!tree.fits || tree.fits(one.row));
  };
  const auto rows = std::ranges::count_if(all, is_row);
  const auto fitting = std::ranges::count_if(all, fits);
  // A pointer that was hit leads to a page of another tree: its rows are left to that one.
  if (fitting * 2 < rows) return false;
  seen_.insert(number);
  bool whole = fitting == rows;
  for (const Cell& one : all) {
    if (one.left != 0) below.push_back(one.left);
    whole = whole && one.whole;
    if (!fits(one)) continue;
    seen_.insert(one.row.pages.begin(), one.row.pages.end());
    visit(one.row);
  }
  if (page.inner()) below.push_back(number32(page.content, page.header + 8));
  return whole;
}

bool DamagedFile::walk(std::uint32_t root, const Tree& tree, const Visit& visit) {
  bool whole = true;
  std::vector<std::uint32_t> to_visit{root};
  std::unordered_set<std::uint32_t> met;
  while (!to_visit.empty()) {
    const std::uint32_t number = to_visit.back();
    to_visit.pop_back();
    // Of two pointers to the same page one is wrong, and another page has none.
    const bool fresh = met.insert(number).second && !seen_.contains(number);
    if (!fresh || !visit_page(number, tree, visit, to_visit)) whole = false;
  }
  if (!whole) damage_met_ = true;
  return whole;
}

void DamagedFile::strays(const Visit& visit) {
  Page page;
  for (std::uint32_t number = 1; number <= page_count_; ++number) {
    if (seen_.contains(number) || free_.contains(number) || !open_page(number, page)) continue;
    if (page.type == table_inner) continue;
    for (const Cell& one : cells(number, page))
      if (one.whole) visit(one.row);
  }
}

std::uint32_t DamagedFile::schema_version() const {
  std::string first;
  if (!page(1, first) || !first.starts_with("SQLite format 3")) return 0;
  return number32(first, 68) == application_id ? number32(first, 60) : 0;
}

bool DamagedFile::row(Place place, const Visit& visit) {
  std::string content;
  Cell one;
  if (!page(place.page, content) || !cell(content, place, one)) return false;
  visit(one.row);
  return true;
}

}  // namespace postern::store
