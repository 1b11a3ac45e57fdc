// Trees of kernel files as real hosts show them, written below a folder. For tests.
//
// Units:    as the kernel's. Errors: a file that cannot be written ends the test program.
// Threads:  the test's. Lifetime: the folder is the caller's.
#pragma once

#include <string>
#include <string_view>

namespace wattle::hardware {

/// Writes one file, with the folders above it, below the root of a tree.
void put(const std::string& root, std::string_view path, std::string_view text);

void write_laptop(const std::string& root);  // Intel client, 4 cores with 8 threads, battery
void write_two_sockets(
    const std::string& root);  // Intel server, 2 x 8 cores with 32 threads, 2 GPUs
void write_amd_desktop(const std::string& root);    // Ryzen, 8 cores with 16 threads, AMD GPU
void write_cloud_machine(const std::string& root);  // EC2 guest, 2 CPUs
void write_container_on_version_1(const std::string& root);  // docker on 8 CPUs: quota 1.5, 2 GiB
void write_container_on_version_2(const std::string& root);  // podman on 8 CPUs: 2.5, cpuset of 4
void write_arm_server(const std::string& root);              // Neoverse-N1, 4 cores, no DMI flag

}  // namespace wattle::hardware
