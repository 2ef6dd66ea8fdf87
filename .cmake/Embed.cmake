# Makes a .cpp file that holds a text file: cmake -DINPUT=... -DOUTPUT=... -DNAMESPACE=config -DNAME=... -P Embed.cmake
# gives `extern const std::string_view postern::config::NAME`.
file(READ ${INPUT} hex HEX)
# Lines of a bearable length for whoever has to look at the file.
string(REPEAT "." 28 one_line)
string(REGEX REPLACE "(${one_line})" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," octets "${hex}")
get_filename_component(file ${INPUT} NAME)
file(WRITE ${OUTPUT} "// Made from ${file}; change that file instead.
#include <string_view>

namespace postern::${NAMESPACE} {
namespace {
constexpr char octets[] = {
${octets}
};
}  // namespace
extern const std::string_view ${NAME};
const std::string_view ${NAME}(octets, sizeof octets);
}  // namespace postern::${NAMESPACE}
")
