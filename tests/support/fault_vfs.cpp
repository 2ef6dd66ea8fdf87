#include "tests/support/fault_vfs.h"

#include <csignal>
#include <mutex>
#include <string>

#include <sqlite3.h>

#include "tests/support/volatile_disk.h"

namespace postern::test {

namespace {

struct State {
  std::mutex mutex;
  bool armed = false;
  FaultVfs::Fault fault = FaultVfs::Fault::write_error;
  FaultVfs::Lasting lasting = FaultVfs::Lasting::once;
  std::int64_t left = 0;  ///< good ones before the next failure
  bool struck = false;
  VolatileDisk* disk = nullptr;
};

State state;
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs fault_vfs;

enum class Operation { write, sync };

/// Whether this operation is to fail.
bool strikes(Operation operation) {
  const std::scoped_lock lock(state.mutex);
  if (!state.armed) return false;
  const bool any = state.fault == FaultVfs::Fault::kill;
  if (!any && (state.fault == FaultVfs::Fault::sync_error) != (operation == Operation::sync))
    return false;
  if (state.left > 0) {
    --state.left;
    return false;
  }
  if (any) std::raise(SIGKILL);
  state.struck = true;
  if (state.lasting == FaultVfs::Lasting::once) state.armed = false;
  return true;
}

struct FaultFile {
  sqlite3_file base;
  const char* path;    ///< nullptr: a file without a name
  sqlite3_file* real;  ///< in the same allocation, behind this
};

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<FaultFile*>(file)->real;
}

/// Tells the disk, if somebody watches, what has been done well to a file.
template <class Tell>
void told(const char* path, Tell tell) {
  VolatileDisk* disk = nullptr;
  {
    const std::scoped_lock lock(state.mutex);
    disk = state.disk;
  }
  if (disk != nullptr && path != nullptr) tell(*disk, std::string(path));
}

const char* path_of(sqlite3_file* file) {
  return reinterpret_cast<FaultFile*>(file)->path;
}

int close(sqlite3_file* file) {
  return real(file)->pMethods->xClose(real(file));
}
int read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), out, count, offset);
}
int write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
  if (!strikes(Operation::write)) {
    told(path_of(file), [&](VolatileDisk& disk, const std::string& path) {
      disk.written(path, {static_cast<const char*>(data), static_cast<std::size_t>(count)},
                   static_cast<std::size_t>(offset));
    });
    return real(file)->pMethods->xWrite(real(file), data, count, offset);
  }
  switch (state.fault) {
    case FaultVfs::Fault::disk_full: return SQLITE_FULL;
    case FaultVfs::Fault::torn_write:
      real(file)->pMethods->xWrite(real(file), data, count / 2, offset);
      return SQLITE_IOERR_WRITE;
    default: return SQLITE_IOERR_WRITE;
  }
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  told(path_of(file), [&](VolatileDisk& disk, const std::string& path) {
    disk.truncated(path, static_cast<std::size_t>(size));
  });
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags) {
  if (strikes(Operation::sync)) return SQLITE_IOERR_FSYNC;
  const int code = real(file)->pMethods->xSync(real(file), flags);
  told(path_of(file), [](VolatileDisk& disk, const std::string& path) { disk.synced(path); });
  return code;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}
int unlock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* out) {
  return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
int device_characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

constexpr sqlite3_io_methods methods{.iVersion = 2,
                                     .xClose = close,
                                     .xRead = read,
                                     .xWrite = write,
                                     .xTruncate = truncate,
                                     .xSync = sync,
                                     .xFileSize = file_size,
                                     .xLock = lock,
                                     .xUnlock = unlock,
                                     .xCheckReservedLock = check_reserved_lock,
                                     .xFileControl = file_control,
                                     .xSectorSize = sector_size,
                                     .xDeviceCharacteristics = device_characteristics,
                                     .xShmMap = shm_map,
                                     .xShmLock = shm_lock,
                                     .xShmBarrier = shm_barrier,
                                     .xShmUnmap = shm_unmap,
                                     .xFetch = nullptr,
                                     .xUnfetch = nullptr};

int open(sqlite3_vfs* /*vfs*/, sqlite3_filename name, sqlite3_file* file, int flags,
         int* out_flags) {
  auto* opened = reinterpret_cast<FaultFile*>(file);
  opened->real = reinterpret_cast<sqlite3_file*>(opened + 1);
  opened->base.pMethods = nullptr;
  opened->path = name;
  const int code = real_vfs->xOpen(real_vfs, name, opened->real, flags, out_flags);
  if (opened->real->pMethods != nullptr) opened->base.pMethods = &methods;
  told(name, [](VolatileDisk& disk, const std::string& path) { disk.opened(path); });
  return code;
}

int remove(sqlite3_vfs* /*vfs*/, const char* name, int sync_folder) {
  told(name, [](VolatileDisk& disk, const std::string& path) { disk.removed(path); });
  return real_vfs->xDelete(real_vfs, name, sync_folder);
}

}  // namespace

FaultVfs::FaultVfs() {
  real_vfs = sqlite3_vfs_find(nullptr);
  // All else is the real one's own: it finds its data in pAppData, which is copied too.
  fault_vfs = *real_vfs;
  fault_vfs.zName = "postern-fault";
  fault_vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + real_vfs->szOsFile;
  fault_vfs.xOpen = open;
  fault_vfs.xDelete = remove;
  sqlite3_vfs_register(&fault_vfs, 1);
}

FaultVfs::~FaultVfs() {
  disarm();
  sqlite3_vfs_unregister(&fault_vfs);
  sqlite3_vfs_register(real_vfs, 1);
}

void FaultVfs::arm(Fault fault, std::int64_t n, Lasting lasting) {
  const std::scoped_lock lock(state.mutex);
  state.armed = true;
  state.fault = fault;
  state.lasting = lasting;
  state.left = n - 1;
  state.struck = false;
}

void FaultVfs::disarm() {
  const std::scoped_lock lock(state.mutex);
  state.armed = false;
}

void FaultVfs::watch(VolatileDisk* disk) {
  const std::scoped_lock lock(state.mutex);
  state.disk = disk;
}

bool FaultVfs::struck() const {
  const std::scoped_lock lock(state.mutex);
  return state.struck;
}

}  // namespace postern::test
