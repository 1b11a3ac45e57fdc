// Rings when something is written in a folder: for those who follow a run's output.
//
// One inotify instance and one thread serve everybody, since a user has few instances; the thread
// sleeps until the kernel has something to tell.
//
// Units:    none.
// Errors:   kUnavailable: this user's inotify instances or watches are used up. kNotFound: no such
//           folder.
// Threads:  any. Lifetime: watches end with their handles, which may outlive this.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "wattle/base/descriptor.h"
#include "wattle/base/result.h"
#include "wattle/net/body_source.h"

namespace wattle::api {

class FolderBells {
 public:
  /// Ends its watch when it goes.
  class Handle {
   public:
    Handle() = default;
    Handle(std::shared_ptr<net::Bell> bell, std::string folder)
        : bell_(std::move(bell)), folder_(std::move(folder)) {}
    const std::string& folder() const { return folder_; }

   private:
    std::shared_ptr<net::Bell> bell_;  // the watch holds it weakly
    std::string folder_;
  };

  static Result<std::unique_ptr<FolderBells>> create();
  ~FolderBells();
  FolderBells(const FolderBells&) = delete;
  FolderBells& operator=(const FolderBells&) = delete;

  /// From now on the bell rings for whatever is made, renamed or written to in that folder.
  Result<Handle> watch(const std::string& folder, std::shared_ptr<net::Bell> bell);

 private:
  struct Watched {
    std::string folder;
    std::vector<std::weak_ptr<net::Bell>> bells;
  };

  FolderBells(Descriptor inotify, Descriptor stop)
      : inotify_(std::move(inotify)), stop_(std::move(stop)) {}
  void run();
  void ring(int watch);
  void drop_unused();

  Descriptor inotify_;
  Descriptor stop_;
  std::mutex mutex_;
  std::map<int, Watched> watched_;  // by the kernel's number
  std::thread thread_;
};

}  // namespace wattle::api
