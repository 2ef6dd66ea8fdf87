#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

using testing::IsEmpty;

constexpr const char* key = "pop3://anna@pop.example.net:995";

class Credentials : public StoreTest {
 protected:
  std::string stored(const std::string& source = key) {
    return read(*account, [&](Reader& reader) { return reader.credential(source); });
  }
  void set(const std::string& sealed) {
    write(*account, [&](Transaction& t) { t.set_credential(key, sealed); });
  }
  bool replace(const std::string& from, const std::string& to) {
    return write(*account, [&](Transaction& t) { return t.replace_credential(key, from, to); });
  }
};

TEST_F(Credentials, AreKeptForTheirSource) {
  EXPECT_THAT(stored(), IsEmpty());
  const std::string octets("\0\xFF sealed", 9);
  set(octets);
  set(octets + "2");
  EXPECT_EQ(stored(), octets + "2");
  EXPECT_THAT(stored("pop3://bert@pop.example.net:995"), IsEmpty());
  open();
  EXPECT_EQ(stored(), octets + "2");
}

TEST_F(Credentials, AreReplacedOnlyWhileTheyAreWhatWasRead) {
  EXPECT_FALSE(replace("a", "b"));
  EXPECT_TRUE(replace("", "a"));
  EXPECT_FALSE(replace("", "b"));
  EXPECT_TRUE(replace("a", "b"));
  EXPECT_EQ(stored(), "b");
  EXPECT_TRUE(replace("b", ""));
  EXPECT_THAT(stored(), IsEmpty());
}

TEST_F(Credentials, AreForgotten) {
  set("a");
  set("");
  EXPECT_THAT(stored(), IsEmpty());
}

}  // namespace
}  // namespace postern::store
