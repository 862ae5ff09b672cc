"""The youhui engine: campaigns in, best lawful price out, money booked."""
