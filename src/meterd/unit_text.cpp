#include "unit_text.h"

namespace wattle::meterd {

std::string service_unit(const std::string& program) {
  // Root, because energy_uj belongs to root and is closed to others since Linux 5.10; but with
  // one capability: reading /proc/PID/environ of other users, to tell whose a GPU process is. The
  // calls that would let it reach further into a process are filtered out.
  return "[Unit]\n"
         "Description=Wattle node meter (reads energy counters for all users)\n"
         "\n"
         "[Service]\n"
         "Type=exec\n"
         "Restart=on-failure\n"
         "ExecStart=\"" +
         program +
         "\" --system\n"
         "StateDirectory=wattle\n"
         "StateDirectoryMode=0755\n"
         "RuntimeDirectory=wattle\n"
         "RuntimeDirectoryMode=0755\n"
         "RuntimeDirectoryPreserve=yes\n"
         "UMask=0022\n"
         "CapabilityBoundingSet=CAP_SYS_PTRACE\n"
         "NoNewPrivileges=yes\n"
         "ProtectSystem=strict\n"
         "ProtectHome=yes\n"
         "PrivateTmp=yes\n"
         "PrivateMounts=yes\n"
         "PrivateNetwork=yes\n"
         "IPAddressDeny=any\n"
         "RestrictAddressFamilies=AF_UNIX\n"
         "DevicePolicy=closed\n"
         "DeviceAllow=char-nvidia-frontend rw\n"
         "DeviceAllow=char-nvidia rw\n"
         "ProtectClock=yes\n"
         "ProtectHostname=yes\n"
         "ProtectKernelLogs=yes\n"
         "ProtectKernelModules=yes\n"
         "ProtectKernelTunables=yes\n"
         "ProtectControlGroups=yes\n"
         "RestrictNamespaces=yes\n"
         "RestrictRealtime=yes\n"
         "RestrictSUIDSGID=yes\n"
         "LockPersonality=yes\n"
         "MemoryDenyWriteExecute=yes\n"
         "SystemCallArchitectures=native\n"
         "SystemCallFilter=@system-service\n"
         "SystemCallFilter=~@debug @mount @privileged @resources process_vm_readv "
         "process_vm_writev pidfd_getfd\n"
         "SystemCallErrorNumber=EPERM\n"
         "MemoryMax=256M\n"
         "TasksMax=16\n"
         "\n"
         "[Install]\n"
         "WantedBy=multi-user.target\n";
}

std::string socket_unit() {
  return "[Unit]\n"
         "Description=Socket of the Wattle node meter\n"
         "\n"
         "[Socket]\n"
         "ListenStream=/run/wattle/meterd.sock\n"
         "DirectoryMode=0755\n"
         "SocketMode=0666\n"
         "\n"
         "[Install]\n"
         "WantedBy=sockets.target\n";
}

}  // namespace wattle::meterd
