"""TimeGPT's protocol, as the client `nixtla` speaks it: https://www.nixtla.io/docs/api-reference."""
