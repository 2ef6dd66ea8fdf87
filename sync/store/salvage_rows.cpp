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
  std::vector<bool> numbers;  ///< of each column: whether it holds numbers
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
    // An index ends with the key of its table, which has no name if it is the row's number.
    Statement columns(blank, shape.table
                                 ? "SELECT type FROM pragma_table_info(?) ORDER BY cid"
                                 : "SELECT coalesce((SELECT type FROM "
                                   "pragma_table_info(s.tbl_name) AS t WHERE t.cid = x.cid), "
                                   "'INTEGER') FROM sqlite_schema AS s, "
                                   "pragma_index_xinfo(s.name) AS x WHERE s.name = ? "
                                   "ORDER BY x.seqno");
    for (auto column = columns(std::string_view(shape.name)); column.step();)
      shape.numbers.push_back(column.octets(0) == "INTEGER");
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

bool fits(const Shape& shape, const DamagedFile::Row& row) {
  if (row.of_index != shape.of_index) return false;
  // Tables that SQLite keeps for itself name no types.
  if (shape.name.starts_with("sqlite_") && shape.table)
    return row.values.size() == shape.numbers.size();
  if (row.values.size() != shape.numbers.size()) return false;
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
    // Trees that this release does not know come last: they cannot tell whose a page is.
    for (const Shape& shape : shapes_) {
      const auto root = roots_.find(shape.name);
      if (root == roots_.end()) continue;
      const DamagedFile::Tree tree{
          .kind = shape.of_index ? DamagedFile::Tree::Kind::index : DamagedFile::Tree::Kind::table,
          .fits = [&shape](const DamagedFile::Row& row) { return fits(shape, row); }};
      std::size_t count = 0;
      const bool whole = file_.walk(root->second, tree, [&](const DamagedFile::Row& row) {
        take(shape, row, false);
        ++count;
      });
      // An empty page proves nothing where nobody said that it is this tree's.
      if (!whole || (guessed_.contains(shape.name) && count == 0)) rows_.broken.insert(shape.name);
      roots_.erase(root);
    }
    for (const auto& [name, root] : roots_) file_.walk(root, [](const DamagedFile::Row&) {});
    file_.strays([this](const DamagedFile::Row& row) { take_stray(row); });
    return std::move(rows_);
  }

 private:
  /// Where the file says that its trees are; where it says nothing, they are where this release
  /// puts them.
  void find_roots() {
    const DamagedFile::Tree schema{
        .kind = DamagedFile::Tree::Kind::table,
        .fits = [](const DamagedFile::Row& row) { return row.values.size() == 5; }};
    const bool whole = file_.walk(1, schema, [this](const DamagedFile::Row& row) {
      if (row.values[3].integer > 1)
        roots_[std::string(row.values[1].octets)] =
            static_cast<std::uint32_t>(row.values[3].integer);
    });
    // An earlier release had fewer of them.
    const std::uint32_t version = file_.schema_version();
    if (whole && version != 0 && version < newest_schema()) return;
    for (const Shape& shape : shapes_) {
      if (shape.root > 1 && roots_.try_emplace(shape.name, shape.root).second)
        guessed_.insert(shape.name);
    }
  }

  void take(const Shape& shape, const DamagedFile::Row& row, bool stray) {
    const auto number = [&row](std::size_t column) { return row.values[column].integer; };
    if (!shape.table) return take_of_index(shape.name, row);
    if (shape.name == "body_chunk") {
      rows_.chunks.try_emplace(row.rowid, row.place);
    } else if (shape.name == "body") {
      rows_.bodies.try_emplace(row.rowid, SalvageRows::Body{static_cast<std::uint64_t>(number(3)),
                                                            static_cast<std::uint64_t>(number(5)),
                                                            std::string(row.values[2].octets)});
    } else if (shape.name == "message") {
      rows_.messages.push_back({owned(row), stray});
    } else if (shape.name == "mailbox") {
      rows_.mailboxes.try_emplace(row.rowid, owned(row));
    } else if (shape.name == "source") {
      rows_.sources.try_emplace(row.rowid, owned(row));
    } else if (shape.name == "origin") {
      rows_.origins.try_emplace(row.rowid, owned(row));
    } else if (shape.name == "reclaim") {
      rows_.reclaimed.insert(number(0));
    } else {
      rows_.others[shape.name].push_back(owned(row));
    }
  }

  void take_of_index(std::string_view index, const DamagedFile::Row& row) {
    const auto number = [&row](std::size_t column) { return row.values[column].integer; };
    if (index == "body_by_hash") {
      rows_.hash_keys.try_emplace(number(1), number(0));
    } else if (index == "message_by_body") {
      rows_.named.push_back({.spot = {number(1), number(2)}, .body = number(0)});
    } else if (index == "message_by_origin") {
      rows_.origin_of.try_emplace({number(1), number(2)}, number(0));
    } else if (index == "sqlite_autoindex_mailbox_1") {
      rows_.mailbox_names.try_emplace(number(1), row.values[0].octets);
    } else if (index == "sqlite_autoindex_source_1") {
      rows_.source_keys.try_emplace(number(1), row.values[0].octets);
    } else if (index == "origin_by_uidl") {
      rows_.uidls.try_emplace(number(3),
                              SalvageRows::Uidl{.source = number(0),
                                                .octets = std::string(row.values[1].octets),
                                                .retired = number(2)});
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

  /// Of trees that are whole nothing is missing: what lies about is old.
  void take_stray(const DamagedFile::Row& row) {
    // Rows of these look like those of an index.
    constexpr std::array<std::string_view, 4> doubtful = {"device_hidden", "fetch_failure",
                                                          "reclaim", "sqlite_sequence"};
    for (const Shape& shape : shapes_) {
      if (shape.table &&
          std::ranges::find(doubtful, std::string_view(shape.name)) == doubtful.end() &&
          fits(shape, row)) {
        if (!rows_.whole(shape.name)) take(shape, row, true);
        return;
      }
    }
  }

  DamagedFile& file_;
  const std::vector<Shape> shapes_;
  std::map<std::string, std::uint32_t> roots_;
  std::set<std::string> guessed_;  ///< those whose root the file does not tell
  SalvageRows rows_;
};

}  // namespace

SalvageRows SalvageRows::read(DamagedFile& file) {
  return Collector(file).run();
}

}  // namespace postern::store
