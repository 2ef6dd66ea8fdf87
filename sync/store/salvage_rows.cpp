#include "sync/store/salvage_rows.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "sync/store/database.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

using Kind = DamagedFile::Value::Kind;

/// A table or an index as this release makes it.
struct Shape {
  std::string name;
  std::uint32_t root = 0;
  bool of_index = false;  ///< its rows are those of an index
  bool table = false;
  std::vector<bool> numbers;  ///< of each column of a table: whether it holds numbers
};

std::vector<Shape> shapes_of_this_release() {
  Database blank(":memory:");
  blank.run("PRAGMA page_size = 16384");
  make_tables(blank);
  std::vector<Shape> shapes;
  Statement select(blank,
                   "SELECT s.name, s.rootpage, s.type = 'table', coalesce(t.wr, 1), "
                   "coalesce(t.type, 'table') FROM sqlite_schema AS s LEFT JOIN pragma_table_list "
                   "AS t ON t.name = s.name WHERE s.rootpage > 0");
  for (auto row = select(); row.step();) {
    Shape shape{.name = std::string(row.octets(0)),
                .root = row.number<std::uint32_t>(1),
                .of_index = row.integer(3) != 0,
                .table = row.integer(2) != 0 && row.octets(4) == "table",
                .numbers = {}};
    if (shape.table) {
      Statement columns(blank, "SELECT type FROM pragma_table_info(?) ORDER BY cid");
      for (auto column = columns(std::string_view(shape.name)); column.step();)
        shape.numbers.push_back(column.octets(0) == "INTEGER");
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

bool fits(const Shape& shape, const DamagedFile::Row& row) {
  if (row.of_index != shape.of_index || row.values.size() != shape.numbers.size()) return false;
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const Kind kind = row.values[i].kind;
    if (kind != Kind::null && (kind == Kind::integer) != shape.numbers[i]) return false;
  }
  return true;
}

class Collector {
 public:
  explicit Collector(DamagedFile& file) : file_(file), shapes_(shapes_of_this_release()) {}

  SalvageRows run() {
    find_roots();
    for (const auto& [name, root] : roots_) {
      const auto shape = std::ranges::find(shapes_, name, &Shape::name);
      const bool damaged_before = file_.damage_met();
      file_.walk(root, [&](const DamagedFile::Row& row) {
        if (shape != shapes_.end()) take(*shape, row);
      });
      if (name == "message" && file_.damage_met() && !damaged_before) rows_.messages_whole = false;
    }
    if (file_.damage_met()) {
      rows_.messages_whole = false;
      file_.strays([this](const DamagedFile::Row& row) { take_stray(row); });
      drop_ghosts();
    }
    drop_impossible(rows_.messages);
    drop_impossible(rows_.named);
    return std::move(rows_);
  }

 private:
  /// Where the file says that its trees are; where it says nothing, they are where this release
  /// puts them.
  void find_roots() {
    file_.walk(1, [this](const DamagedFile::Row& row) {
      if (row.values.size() == 5 && row.values[3].integer > 1)
        roots_[std::string(row.values[1].octets)] =
            static_cast<std::uint32_t>(row.values[3].integer);
    });
    for (const Shape& shape : shapes_) {
      if (shape.root > 1) roots_.try_emplace(shape.name, shape.root);
    }
  }

  void take(const Shape& shape, const DamagedFile::Row& row) {
    const auto number = [&row](std::size_t column) { return row.values[column].integer; };
    if (!shape.table) {
      if (shape.name == "body_by_hash" && row.values.size() == 2)
        rows_.hash_keys.try_emplace(number(1), number(0));
      if (shape.name == "message_by_body" && row.values.size() == 3)
        rows_.named.try_emplace({number(1), number(2)}, number(0));
      if (shape.name == "sqlite_autoindex_mailbox_1" && row.values.size() == 2)
        rows_.mailbox_names.try_emplace(number(1), row.values[0].octets);
      return;
    }
    if (!fits(shape, row)) return;
    if (shape.name == "body_chunk") {
      rows_.chunks.try_emplace(row.rowid, row.place);
    } else if (shape.name == "body") {
      rows_.bodies.try_emplace(row.rowid, SalvageRows::Body{static_cast<std::uint64_t>(number(3)),
                                                            static_cast<std::uint64_t>(number(5)),
                                                            std::string(row.values[2].octets)});
    } else if (shape.name == "message") {
      rows_.messages.try_emplace({number(0), number(1)}, owned(row));
    } else if (shape.name == "mailbox") {
      rows_.mailboxes.try_emplace(row.rowid, owned(row));
    } else if (shape.name == "origin") {
      rows_.origins.try_emplace(row.rowid, owned(row));
    } else if (shape.name == "reclaim") {
      rows_.reclaimed.insert(number(0));
    } else {
      rows_.others[shape.name].push_back(owned(row));
    }
  }

  static SalvageRows::Row owned(const DamagedFile::Row& row) {
    SalvageRows::Row out;
    for (const DamagedFile::Value& value : row.values) {
      switch (value.kind) {
        case Kind::null: out.emplace_back(); break;
        case Kind::integer: out.emplace_back(value.integer); break;
        case Kind::text: out.emplace_back(std::string(value.octets)); break;
        case Kind::blob: out.emplace_back(SalvageRows::Blob{std::string(value.octets)}); break;
      }
    }
    // A key that is the row's number is not stored among the columns.
    if (!row.of_index && !out.empty() && out[0].index() == 0) out[0] = row.rowid;
    return out;
  }

  void take_stray(const DamagedFile::Row& row) {
    // Rows of these look like those of an index.
    constexpr std::array<std::string_view, 3> doubtful = {"fetch_failure", "reclaim",
                                                          "sqlite_sequence"};
    for (const Shape& shape : shapes_) {
      if (shape.table &&
          std::ranges::find(doubtful, std::string_view(shape.name)) == doubtful.end() &&
          fits(shape, row))
        return take(shape, row);
    }
  }

  /// Old rows of messages that are known to be gone.
  void drop_ghosts() {
    for (const SalvageRows::Row& run : rows_.others["expunged"]) {
      const std::int64_t mailbox = number_in(run, 0);
      const auto first = rows_.messages.lower_bound({mailbox, number_in(run, 2)});
      const auto last = rows_.messages.upper_bound({mailbox, number_in(run, 3)});
      if (number_in(run, 2) <= number_in(run, 3)) rows_.messages.erase(first, last);
      std::erase_if(rows_.named, [&](const auto& one) {
        return one.first.first == mailbox && one.first.second >= number_in(run, 2) &&
               one.first.second <= number_in(run, 3);
      });
    }
  }

  /// A number that was hit must not use up those that are left. What it named is found without it.
  template <class Map>
  void drop_impossible(Map& spots) {
    constexpr std::int64_t far = 1'000'000;
    const std::size_t before = spots.size();
    std::erase_if(spots, [this](const auto& one) {
      const auto& [box, uid] = one.first;
      const auto row = rows_.mailboxes.find(box);
      const std::int64_t next = row != rows_.mailboxes.end() ? number_in(row->second, 4) : far;
      return uid < 1 || uid >= 0xffffffffLL || uid >= next + far;
    });
    if (spots.size() != before) rows_.messages_whole = false;
  }

  DamagedFile& file_;
  const std::vector<Shape> shapes_;
  std::map<std::string, std::uint32_t> roots_;
  SalvageRows rows_;
};

}  // namespace

SalvageRows SalvageRows::read(DamagedFile& file) {
  return Collector(file).run();
}

}  // namespace postern::store
