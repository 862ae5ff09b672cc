"""Use cases that live longer than one payment: coupons, referral, loyalty, members."""
