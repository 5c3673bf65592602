"""One package a technology; each implements ports and knows no other. Only bootstrap names them."""
