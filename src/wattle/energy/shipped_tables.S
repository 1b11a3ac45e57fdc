/* The tables of data/ as read-only bytes, named in cpu_table.cpp. Licences: data/README.md. */
    .section .rodata
    .global wattle_cpu_packages_begin
    .global wattle_cpu_packages_end
    .global wattle_cloud_vcpu_watts_begin
    .global wattle_cloud_vcpu_watts_end
wattle_cpu_packages_begin:
    .incbin "cpu_packages.csv"
wattle_cpu_packages_end:
    .byte 0
wattle_cloud_vcpu_watts_begin:
    .incbin "cloud_vcpu_watts.csv"
wattle_cloud_vcpu_watts_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
