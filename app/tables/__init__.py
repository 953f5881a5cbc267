"""Tables in requests and answers: the child processes that read them, and writing them."""
