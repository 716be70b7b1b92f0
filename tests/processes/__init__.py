"""The program as real processes: killed, stopped, starved of disk, and judged from outside."""
