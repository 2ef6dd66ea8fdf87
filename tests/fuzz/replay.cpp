// Gives every file of some folders to a fuzz target, as an ordinary test: replay FOLDER...
// A folder that is not there is said.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int at = 1; at < argc; ++at) {
    if (!std::filesystem::is_directory(argv[at])) {
      std::printf("%s is not there\n", argv[at]);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[at])) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string octets{std::istreambuf_iterator<char>(file), {}};
      // A property that does not hold ends the program: the name tells of what.
      std::printf("%s, %zu octets\n", entry.path().c_str(), octets.size());
      std::fflush(stdout);
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
      ++count;
    }
  }
  if (count == 0) std::fprintf(stderr, "no seeds\n");
  return count == 0 ? 1 : 0;
}
