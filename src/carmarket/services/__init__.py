"""What one can do with the market. Services speak to ports alone; time and ids come from ports too."""
