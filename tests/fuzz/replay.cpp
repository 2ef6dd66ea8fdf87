// Gives every seed of a fuzz target to it, as an ordinary test: replay FOLDER.

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
  if (argc == 2) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
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
