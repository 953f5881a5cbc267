"""The series of the examples on the OpenAPI page, and of many tests."""

PASSENGERS = [
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
    115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
    171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
]  # fmt: skip
"""Airline passengers per month in thousands, 1949 to 1952: Box and Jenkins (1976), series G."""

LONGER_PASSENGERS = [
    *PASSENGERS,
    196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
    204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
]  # fmt: skip
"""The same until 1954, enough to train a version on."""

PASSENGERS_TABLE = "unique_id,ds,y\n" + "".join(
    f"passengers,{1949 + month // 12}-{month % 12 + 1:02}-01,{y}\n"
    for month, y in enumerate(PASSENGERS)
)
"""The shorter series as a CSV file in the long format."""
