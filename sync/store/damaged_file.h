#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace postern::store {

/// A database file that SQLite may not be able to read, page by page as it lies on the disk, with
/// what its write-ahead log has over it. Knows the file format
/// (https://sqlite.org/fileformat2.html) and nothing of what is stored. No content is an error;
/// what cannot be read is left out. One thread. Throws StoreFailure only if there is no file to
/// read.
class DamagedFile {
 public:
  explicit DamagedFile(const std::filesystem::path& file);
  DamagedFile(const DamagedFile&) = delete;
  ~DamagedFile();

  /// One column of a row.
  struct Value {
    enum class Kind : std::uint8_t { null, integer, text, blob } kind = Kind::null;
    std::int64_t integer = 0;
    std::string_view octets;  ///< of a text or a blob
  };
  /// Where a row is.
  struct Place {
    std::uint32_t page = 0;
    std::uint16_t cell = 0;
  };
  struct Row {
    bool of_index = false;      ///< of an index, or of a table without rowids
    std::int64_t rowid = 0;     ///< 0 in an index
    std::vector<Value> values;  ///< good during the visit
    Place place;
    std::vector<std::uint32_t> pages;  ///< all that it lies on
  };
  using Visit = std::function<void(const Row&)>;
  /// What a tree is made of.
  struct Tree {
    enum class Kind : std::uint8_t { any, table, index } kind = Kind::any;
    std::function<bool(const Row&)> fits;  ///< whether a row may be one of it; none: all may
  };

  /// All rows below this page that fit, as far as it goes. Marks the pages as seen, but for those
  /// that look like another tree's. Whether the tree is whole: each of its pages is there, makes
  /// sense, belongs to it and to no other.
  bool walk(std::uint32_t root, const Tree& tree, const Visit& visit);
  bool walk(std::uint32_t root, const Visit& visit) { return walk(root, {}, visit); }
  /// The rows of pages that no walk has seen and that are not free.
  void strays(const Visit& visit);
  /// The version of the schema that a whole header tells, of a file of this program; else 0.
  [[nodiscard]] std::uint32_t schema_version() const;
  /// One row again. False if it is not there.
  bool row(Place place, const Visit& visit);

  /// Whether walks met a page that makes no sense.
  [[nodiscard]] bool damage_met() const { return damage_met_; }

 private:
  struct Cell {
    std::uint32_t left = 0;  ///< page below; 0 in a leaf
    bool whole = false;
    Row row;
    std::string payload;
  };

  void read_log(const std::filesystem::path& log);
  void read_freelist();
  bool page(std::uint32_t number, std::string& out) const;
  bool cell(const std::string& page, Place place, Cell& out) const;
  bool payload(const std::string& page, std::size_t at, std::uint64_t octets, Cell& out) const;
  struct Page;
  bool open_page(std::uint32_t number, Page& out) const;
  std::vector<Cell> cells(std::uint32_t number, const Page& page) const;
  bool visit_page(std::uint32_t number, const Tree& tree, const Visit& visit,
                  std::vector<std::uint32_t>& below);
  void choose_page_octets(const std::string& header);
  [[nodiscard]] unsigned sense_of(std::uint32_t page_octets) const;

  int file_ = -1;
  int log_ = -1;
  std::uint32_t page_octets_ = 16384;
  std::uint32_t page_count_ = 0;
  std::unordered_map<std::uint32_t, std::uint64_t> in_log_;  ///< page -> offset in the log
  std::unordered_set<std::uint32_t> seen_;
  std::unordered_set<std::uint32_t> free_;
  bool damage_met_ = false;
};

}  // namespace postern::store
