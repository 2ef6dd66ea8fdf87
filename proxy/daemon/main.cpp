#include "proxy/daemon/command_line.h"

int main(int argc, char** argv) {
  return postern::daemon::run_command_line(argc, argv);
}
