// The bytes of data/zones.csv between two symbols; see embedded_data.h.
        .section .rodata
        .global wattle_carbon_zones_begin
        .global wattle_carbon_zones_end
        .hidden wattle_carbon_zones_begin
        .hidden wattle_carbon_zones_end
wattle_carbon_zones_begin:
        .incbin "data/zones.csv"
wattle_carbon_zones_end:
        .section .note.GNU-stack, "", %progbits
